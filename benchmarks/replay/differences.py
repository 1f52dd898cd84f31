"""What people did in the record that neither rules nor shifts tell, in sentences that are made of measured figures."""

from bisect import bisect_left
from collections.abc import Iterator

from benchmarks.replay.figures import Course, Figures
from benchmarks.replay.trace import Outcome, Span, Trace, TraceAgent, clipped, merged

HOUR_S = 3_600


def of_staffing(trace: Trace, recorded: Figures, ideal: Figures) -> Iterator[str]:
    waited_s, needlessly_s = _idle_while_waiting(trace)
    if waited_s:
        yield (
            f"In the record callers waited {waited_s / HOUR_S:.1f} hours together, {needlessly_s / waited_s:.0%} of it "
            f"while somebody with the skill was between first and last service of the day and in no conversation; the "
            f"file does not tell whether that was a pause or work after a call. Here such an agent is free. The record "
            f"has an ASA of {seconds(recorded.asa_s)} and {share(recorded.abandonment)} abandonment, its callers, "
            f"rules and shifts without any delay {seconds(ideal.asa_s)} and {share(ideal.abandonment)}."
        )
    talk_s = sum(call.recorded.handled_s or 0.0 for call in trace.calls if call.recorded is not None)
    named_s = sum(span.length_s for agent in trace.agents for span in agent.services)
    yield (
        f"The conversations of these calls add up to {talk_s / HOUR_S:.1f} recorded hours, those of named agents "
        f"within the window, no time counted twice, to {named_s / HOUR_S:.1f}; here named agents talk them all."
    )
    if trace.under_way:
        yield f"{trace.under_way} recorded calls were waiting or talking when the window began; here it begins empty."


def of_callers(ours: Course, recorded: Course) -> Iterator[str]:
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
        spare = merged(span for name in able for span in _part(idle[name], begin_s, end_s))
        needlessly_s += sum(span.length_s for span in spare)
    return waited_s, needlessly_s


def _part(spans: list[Span], from_s: float, to_s: float) -> tuple[Span, ...]:
    """What `clipped` gives of spans in order that do not overlap, found without looking at all of them."""
    first = bisect_left(spans, from_s, key=lambda span: span.end_s)
    return clipped(spans[first : bisect_left(spans, to_s, key=lambda span: span.start_s)], from_s, to_s)


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


def seconds(value: float | None) -> str:
    return "no figure" if value is None else f"{value:.1f} s"


def share(value: float | None) -> str:
    return "no figure" if value is None else f"{value:.1%}"
