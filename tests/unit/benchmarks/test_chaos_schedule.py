"""Which fault strikes when: the same for the same seed, and as many of each kind as were asked for."""

from collections import Counter

from benchmarks.chaos.faults import FAULTS
from benchmarks.chaos.ground import Needs
from benchmarks.chaos.schedule import PAUSE_S, draw_schedule


def kinds(seed: int, total: int) -> list[tuple[Needs, str, float]]:
    schedule = draw_schedule(FAULTS, seed, total)
    return [(needs, one.fault.kind, one.pause_s) for needs, planned in schedule.items() for one in planned]


def test_same_seed_then_the_same_schedule_and_another_seed_another() -> None:
    assert kinds(3, 60) == kinds(3, 60)
    assert kinds(3, 60) != kinds(4, 60)


def test_a_multiple_of_the_kinds_then_each_strikes_as_often() -> None:
    drawn = kinds(1, 15 * len(FAULTS))
    assert set(Counter(kind for _, kind, _ in drawn).values()) == {15}
    assert len({fault.kind for fault in FAULTS}) == len(FAULTS)


def test_fewer_faults_than_kinds_then_none_strikes_twice() -> None:
    assert len({kind for _, kind, _ in kinds(9, 7)}) == 7


def test_every_fault_then_it_is_planned_for_a_house_that_it_can_strike() -> None:
    for needs, planned in draw_schedule(FAULTS, 5, 2 * len(FAULTS)).items():
        assert {one.fault.needs for one in planned} == {needs}
        assert all(PAUSE_S[0] <= one.pause_s <= PAUSE_S[1] for one in planned)
