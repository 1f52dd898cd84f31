"""What is remembered for a while, deadlines, and open steps: bounded, and equal to a rebuild."""

from engine import messages as m
from engine.commands import EnqueueCall, HangUpCall
from engine.deadlines import Deadlines
from engine.memory import Remembered
from engine.steps import OpenSteps
from tests.unit.engine.stand import CALLER, Stand


def test_time_has_passed_then_forgotten_and_not_before() -> None:
    remembered: Remembered[str] = Remembered()
    remembered.remember("a", "first", 100)
    remembered.remember("b", "second", 200)
    remembered.forget_before(100)
    assert "a" in remembered
    remembered.forget_before(101)
    assert ("a" in remembered, remembered.get("b"), len(remembered)) == (False, "second", 1)


def test_remembered_again_for_longer_then_the_later_time_counts() -> None:
    remembered: Remembered[int] = Remembered()
    remembered.remember("a", 1, 100)
    remembered.remember("a", 2, 300)
    remembered.forget_before(200)
    assert list(remembered.items()) == [("a", 300, 2)]
    remembered.forget_before(301)
    assert list(remembered.items()) == []


def test_many_calls_come_and_go_then_memory_stays_bounded() -> None:
    stand = Stand()
    for n in range(2_000):
        stand.tell(EnqueueCall(f"k{n}", "desk"), CALLER)
        stand.tell(HangUpCall(f"k{n}"), CALLER)
        stand.now_ms += 1_000
    board = stand.board
    assert len(board.calls) == 0
    assert len(board.ended) <= 36
    assert len(board.outcomes) <= 2 * 11
    assert (len(board.offers), len(board.releases), len(board.steps)) == (0, 0, 0)
    assert board.next_deadline_ms() is None


def test_deadline_is_moved_or_cleared_then_only_the_last_counts() -> None:
    deadlines = Deadlines()
    deadlines.set("a", 100)
    deadlines.set("b", 150)
    deadlines.set("a", 200)
    assert (deadlines.earliest_ms(), deadlines.due(149)) == (150, None)
    assert deadlines.due(150) == "b"
    deadlines.clear("b")
    assert (deadlines.due(199), deadlines.due(200)) == (None, "a")
    deadlines.clear("a")
    assert (deadlines.earliest_ms(), deadlines.as_dict()) == (None, {})


def test_deadline_is_set_back_to_an_earlier_time_then_found() -> None:
    deadlines = Deadlines()
    for at_ms in (100, 200, 100):
        deadlines.set("a", at_ms)
    assert deadlines.due(100) == "a"


def test_steps_change_then_each_is_told_once() -> None:
    steps: OpenSteps[m.OfferReleased] = OpenSteps()
    steps.open("b", m.OfferReleased("b"))
    steps.open("a", m.OfferReleased("a"))
    assert steps.take_changed() == ["a", "b"]
    steps.close("a")
    steps.close("never opened")
    assert (steps.take_changed(), steps.take_changed(), list(steps)) == (["a"], [], ["b"])
