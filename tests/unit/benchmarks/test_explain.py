"""What is said of the differences: the figures that anybody can reckon from the same trace."""

from datetime import date

from benchmarks.calls.ledger import Ledger
from benchmarks.replay.explain import Latencies, explain, latencies_of
from benchmarks.replay.figures import Course, figures, recorded_course
from benchmarks.replay.trace import CallEnd, Outcome, Span, Trace, TraceAgent, TraceCall


def recorded_call(end: CallEnd, kind: str = "a") -> TraceCall:
    return TraceCall(arrived_s=end.arrived_s, kind=kind, patience_s=60.0, service_s=100.0, recorded=end)


TRACE = Trace(
    name="t",
    first_day=date(2024, 1, 8),
    calls=(
        recorded_call(CallEnd(0.0, Outcome.ANSWERED, 40.0, 100.0)),
        recorded_call(CallEnd(10.0, Outcome.ABANDONED, 60.0)),
    ),
    agents=(
        TraceAgent("a1", ("a",), (Span(0, 200),), (Span(0, 30), Span(40, 140))),
        TraceAgent("b1", ("b",), (Span(0, 200),), ()),
    ),
    is_recorded=True,
)
OURS = Course([CallEnd(0.0, Outcome.ANSWERED, 1.0, 100.0), CallEnd(10.0, Outcome.ANSWERED, 50.0, 100.0)])


def test_skilled_agent_idle_while_callers_waited_then_the_share_of_their_wait() -> None:
    """100 s of waiting; a1 idled from 30 to 40, 10 s for each of the two; b1 cannot take the calls."""
    told = " ".join(explain(TRACE, 60.0, OURS, figures(OURS), recorded_course(TRACE), Latencies([], [])))
    assert "callers waited 0.0 hours together, 20% of it while" in told
    assert "Of 1 callers who hung up in the record, 0 of them without waiting at all, 1 were answered here" in told


def test_system_is_slow_then_what_the_speed_makes_of_it() -> None:
    told = " ".join(explain(TRACE, 60.0, OURS, figures(OURS), None, Latencies([10.0, 20.0], [5.0])))
    assert "rings 15.0 ms after" in told
    assert "at speed 60 that is 1.2 s of every wait" in told


def test_agent_became_free_after_the_call_came_then_latency_counts_from_there() -> None:
    ledger = Ledger()
    for call_id in ("k1", "k2"):
        ledger.scheduled(call_id, 10.0)
    ledger.rang("k1", 10.5, 4.0)
    ledger.rang("k2", 20.25, 20.0)
    ledger.connected("k2", "o", 20.5)
    assert latencies_of(ledger) == Latencies([500.0, 250.0], [250.0])
