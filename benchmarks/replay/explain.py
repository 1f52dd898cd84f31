"""Why ours differs from the record, in sentences that are made of measured figures.

Between the two stands the ideal: the same trace, rules and shifts without any delay. What separates ours from it is the
system and the speed; what separates the record from it is what people did.
"""

import statistics
from collections.abc import Iterator, Sequence

import msgspec

from benchmarks.calls.ledger import Ledger
from benchmarks.replay.figures import Course, Figures, figures
from benchmarks.replay.trace import Outcome, Span, Trace, TraceAgent, clipped, merged

HOUR_S = 3_600


class Latencies(msgspec.Struct, frozen=True):
    """The system's own share, in milliseconds of the wall: until a call rang that could ring, and until it talked."""

    ring_ms: list[float]
    connect_ms: list[float]


def latencies_of(ledger: Ledger) -> Latencies:
    found = Latencies([], [])
    for one in ledger.calls.values():
        if one.rang_s is not None and one.could_ring_s is not None:
            found.ring_ms.append((one.rang_s - one.could_ring_s) * 1_000)
            if one.connected_s is not None:
                found.connect_ms.append((one.connected_s - one.rang_s) * 1_000)
    return found


def explain(
    trace: Trace, speed: float, ours: Course, ideal: Figures, recorded: Course | None, latencies: Latencies
) -> list[str]:
    """One sentence for each thing that is known to move the figures."""
    found = [*_delays(speed, ours, ideal, latencies)]
    if recorded is not None:
        found += _record(trace, figures(recorded), ideal)
        found += _callers(ours, recorded)
    return found


def _delays(speed: float, course: Course, ideal: Figures, latencies: Latencies) -> Iterator[str]:
    ours = figures(course)
    ring_ms, connect_ms = _mean(latencies.ring_ms), _mean(latencies.connect_ms)
    yield (
        f"Without any delay, the same callers, rules and shifts give an ASA of {_s(ideal.asa_s)}, "
        f"{_p(ideal.service_level_20s)} of the answered within 20 s and {_p(ideal.abandonment)} abandonment; "
        f"here it was {_s(ours.asa_s)}, {_p(ours.service_level_20s)} and {_p(ours.abandonment)}."
    )
    delay_s = (ring_ms + connect_ms) * speed / 1_000
    yield (
        f"On average a call rings {ring_ms:.1f} ms after it and an agent could both be had, and talks "
        f"{connect_ms:.1f} ms later; at speed {speed:g} that is {delay_s:.1f} s of "
        f"every wait in the trace's time, and at speed 1 it would be {(ring_ms + connect_ms) / 1_000:.2f} s."
    )
    left = [end.wait_s for end in course.ends if end.outcome is Outcome.ABANDONED]
    if left:
        hasty = sum(1 for wait_s in left if wait_s < delay_s)
        yield f"Of {len(left)} callers who hung up here, {hasty} had less patience than those {delay_s:.1f} s."


def _record(trace: Trace, recorded: Figures, ideal: Figures) -> Iterator[str]:
    waited_s, needlessly_s = _idle_while_waiting(trace)
    if waited_s:
        yield (
            f"In the record callers waited {waited_s / HOUR_S:.1f} hours together, {needlessly_s / waited_s:.0%} of it "
            f"while somebody with the skill was between first and last service of the day and in no conversation; the "
            f"file does not tell whether that was a pause or work after a call. Here such an agent is free. The record "
            f"has an ASA of {_s(recorded.asa_s)} and {_p(recorded.abandonment)} abandonment, its callers, rules and "
            f"shifts without any delay {_s(ideal.asa_s)} and {_p(ideal.abandonment)}."
        )
    talk_s = sum(call.recorded.handled_s or 0.0 for call in trace.calls if call.recorded is not None)
    named_s = sum(span.length_s for agent in trace.agents for span in agent.services)
    yield (
        f"The conversations of these calls add up to {talk_s / HOUR_S:.1f} recorded hours, those of named agents "
        f"within the window, no time counted twice, to {named_s / HOUR_S:.1f}; here named agents talk them all."
    )
    if trace.under_way:
        yield f"{trace.under_way} recorded calls were waiting or talking when the window began; here it begins empty."


def _callers(ours: Course, recorded: Course) -> Iterator[str]:
    answered_here = {end.arrived_s for end in ours.ends if end.outcome is Outcome.ANSWERED}
    left = [end for end in recorded.ends if end.outcome is Outcome.ABANDONED]
    kept = sum(1 for end in left if end.arrived_s in answered_here)
    at_once = sum(1 for end in left if end.wait_s == 0)
    yield (
        f"Of {len(left)} callers who hung up in the record, {at_once} of them without waiting at all, {kept} were "
        f"answered here before their patience ended."
    )


def _idle_while_waiting(trace: Trace) -> tuple[float, float]:
    """Seconds that recorded callers waited, and those of them in which somebody could have taken the call."""
    idle = {agent.name: _idle(agent) for agent in trace.agents}
    waited_s = needlessly_s = 0.0
    for call in trace.calls:
        if call.recorded is None or not call.recorded.wait_s:
            continue
        begin_s, end_s = call.arrived_s, call.arrived_s + call.recorded.wait_s
        able = [agent.name for agent in trace.agents if call.kind in agent.skills]
        waited_s += call.recorded.wait_s
        spare = merged(span for name in able for span in clipped(idle[name], begin_s, end_s))
        needlessly_s += sum(span.length_s for span in spare)
    return waited_s, needlessly_s


def _idle(agent: TraceAgent) -> list[Span]:
    """When somebody was there and talked to nobody."""
    found: list[Span] = []
    for shift in agent.shifts:
        free_s = shift.start_s
        for service in clipped(agent.services, shift.start_s, shift.end_s):
            if service.start_s > free_s:
                found.append(Span(free_s, service.start_s))
            free_s = max(free_s, service.end_s)
        if shift.end_s > free_s:
            found.append(Span(free_s, shift.end_s))
    return found


def _mean(values: Sequence[float]) -> float:
    return statistics.fmean(values) if values else 0.0


def _s(value: float | None) -> str:
    return "no figure" if value is None else f"{value:.1f} s"


def _p(value: float | None) -> str:
    return "no figure" if value is None else f"{value:.1%}"
