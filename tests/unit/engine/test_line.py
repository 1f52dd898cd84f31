"""One queue's line: how fast it moves, and where a new call would stand."""

import pytest

from engine.line import STEP_WEIGHT, Line
from tests.unit.engine.routing import call_of


def moved_at(line: Line, *times_ms: int, arrived_at_ms: int = 0) -> Line:
    """The same line, after somebody was connected at each of these times."""
    for number, at_ms in enumerate(times_ms):
        line.moved(call_of(f"k{number}", arrived_at_ms), at_ms)
    return line


def test_line_moves_then_the_newest_step_counts_for_its_share() -> None:
    line = moved_at(Line(), 10_000, 14_000)
    assert line.step_ms == pytest.approx(10_000 + STEP_WEIGHT * (4_000 - 10_000))
    assert line.moved_at_ms == 14_000


def test_first_call_has_just_arrived_then_only_its_own_wait_is_a_step() -> None:
    assert moved_at(Line(), 10_000, arrived_at_ms=9_400).step_ms == 600


def test_estimate_then_steps_to_the_position_in_tenths_of_a_second() -> None:
    line = Line(step_ms=12_340.0)
    assert [line.ewt_s(position) for position in (1, 2, 100)] == [12.3, 24.7, 1_234.0]
    assert Line(step_ms=2_345.6).ewt_s(1) == 2.3


@pytest.mark.parametrize("credit_ms", [None, 1_000])
def test_new_call_of_a_priority_then_behind_its_equals_and_before_who_comes_after(credit_ms: int | None) -> None:
    line = Line()
    for call_id, arrived_at_ms, priority in (("first", 1_000, 5), ("same", 5_000, 5), ("low", 2_000, 0)):
        line.add(call_of(call_id, arrived_at_ms, priority=priority, credit_ms=credit_ms))
    assert line.position_of(5, credit_ms, 5_000) == 3


def test_credit_then_who_arrived_in_the_same_millisecond_is_before_and_a_later_one_is_not() -> None:
    line = Line()
    for arrived_at_ms in (4_999, 5_000, 5_001):
        line.add(call_of(f"k{arrived_at_ms}", arrived_at_ms, credit_ms=1_000))
    assert line.position_of(0, 1_000, 5_000) == 3
