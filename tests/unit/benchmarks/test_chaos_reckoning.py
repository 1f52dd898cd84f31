"""What a fault cost, reckoned from accounts that are written down by hand."""

from benchmarks.calls.kills import dispatching_again_s
from benchmarks.calls.ledger import CallAccount
from benchmarks.chaos.audit import Verdict
from benchmarks.chaos.reckoning import longest_pause_s
from benchmarks.chaos.report import FaultReport, kinds_of, worst


def rang(scheduled_s: float, rang_s: float | None, *, free_since_s: float = 0.0) -> CallAccount:
    could = max(scheduled_s, free_since_s) if rang_s is not None else None
    return CallAccount(scheduled_s, rang_s=rang_s, could_ring_s=could)


def test_call_before_the_fault_rings_first_then_only_one_after_it_counts() -> None:
    calls = [rang(9.9, 10.5), rang(10.2, 13.0), rang(10.4, 12.5), rang(11.0, None)]
    assert dispatching_again_s(calls, 10.0) == 2.5


def test_nothing_rings_after_the_fault_then_there_is_no_figure() -> None:
    assert dispatching_again_s([rang(1.0, 2.0), rang(11.0, None)], 10.0) is None


def test_ring_in_the_middle_of_a_wait_then_it_divides_the_pause() -> None:
    calls = [rang(10.0, 16.0), rang(9.0, 12.0)]
    assert longest_pause_s(calls, 10.0, 20.0) == 4.0


def test_agent_free_only_later_then_the_pause_begins_there() -> None:
    assert longest_pause_s([rang(10.0, 16.0, free_since_s=15.0)], 9.0, 20.0) == 1.0


def test_pause_that_ends_before_the_fault_or_begins_after_it_then_it_is_not_its_price() -> None:
    calls = [rang(1.0, 4.0), rang(30.0, 39.0), rang(12.0, 12.5)]
    assert longest_pause_s(calls, 10.0, 20.0) == 0.5


def test_nobody_waits_then_there_is_no_pause() -> None:
    assert longest_pause_s([], 0.0, 10.0) == 0.0


def fault(kind: str, again_s: float | None, pause_s: float, lost: int = 0) -> FaultReport:
    return FaultReport(
        kind=kind,
        detail="",
        at_s=0.0,
        in_flight=3,
        lost_calls=lost,
        double_offers=0,
        stale_writes=0,
        dispatching_again_s=again_s,
        longest_pause_s=pause_s,
    )


def test_faults_of_a_kind_then_they_are_summed_and_the_worst_is_shown() -> None:
    faults = [fault("a", 1.0, 0.5), fault("b", 9.0, 9.0), fault("a", 3.0, 0.2, lost=2), fault("a", None, 0.9)]
    first, second = kinds_of(faults)
    assert (first.kind, first.faults, first.in_flight, first.lost_calls, first.never) == ("a", 3, 9, 2, 1)
    assert (first.dispatching_again_s_max, first.longest_pause_s_p50, first.longest_pause_s_max) == (3.0, 0.5, 0.9)
    assert (second.kind, second.faults) == ("b", 1)


def test_two_readings_differ_then_the_worse_figure_of_each_counts() -> None:
    assert worst(Verdict(1, 0, 2), Verdict(0, 3, 2)) == Verdict(1, 3, 2)
    assert Verdict(4, 3, 2).since(Verdict(1, 1, 2)) == Verdict(3, 2, 0)
