"""A trace: who called when, how long they would wait, how long they talked, and who worked when.

Times are seconds from midnight of the trace's first day, durations seconds, both in the trace's own time: what a speed
makes of them is the player's business. What really happened to a call stands beside it: the call brings only its
patience and its service time, and how it ends this time is for the system that it is played through.
"""

from collections.abc import Iterable
from datetime import date, datetime, timedelta
from enum import StrEnum

import msgspec
from msgspec.structs import replace


class TraceError(Exception):
    """The trace cannot be read or played as asked; the text says where and why."""


class Outcome(StrEnum):
    """What became of a call by the end of the window. `OPEN`: it still waited."""

    ANSWERED = "answered"
    ABANDONED = "abandoned"
    OPEN = "open"


class CallEnd(msgspec.Struct, frozen=True):
    """How one call went, in the record or in a replay. `handled_s`: talk and wrap-up; None: they have not ended."""

    arrived_s: float
    outcome: Outcome
    wait_s: float
    handled_s: float | None = None


class TraceCall(msgspec.Struct, frozen=True, kw_only=True):
    """One caller. `kind`: the type of call, which is the skill that it needs."""

    arrived_s: float
    kind: str
    patience_s: float
    service_s: float
    has_priority: bool = False
    recorded: CallEnd | None = None


class Span(msgspec.Struct, frozen=True, order=True):
    """From `start_s` until `end_s`."""

    start_s: float
    end_s: float

    @property
    def length_s(self) -> float:
        return self.end_s - self.start_s


class TraceAgent(msgspec.Struct, frozen=True):
    """Somebody who answers. `services`: when the record shows them in conversation; empty in a made-up trace."""

    name: str
    skills: tuple[str, ...]
    shifts: tuple[Span, ...]
    services: tuple[Span, ...] = ()


class Trace(msgspec.Struct, frozen=True, kw_only=True):
    """Calls by arrival, agents by name. `under_way`: recorded calls from before the window that were waiting or talking
    when it began.
    """

    name: str
    first_day: date
    calls: tuple[TraceCall, ...]
    agents: tuple[TraceAgent, ...]
    is_recorded: bool = False
    under_way: int = 0

    @property
    def kinds(self) -> tuple[str, ...]:
        return tuple(sorted({call.kind for call in self.calls}))

    def moment(self, at_s: float) -> datetime:
        """The time of day at a second of the trace."""
        return datetime.combine(self.first_day, datetime.min.time()) + timedelta(seconds=at_s)

    def seconds(self, moment: datetime) -> float:
        """The inverse of `moment`."""
        return (moment - self.moment(0.0)).total_seconds()


def window(trace: Trace, begin: datetime | None, end: datetime | None) -> Trace:
    """The calls that arrive from `begin` until before `end`, and the parts of shifts and services within.

    Raises `TraceError` if nobody calls then.
    """
    if begin is not None and end is not None and begin >= end:
        raise TraceError(f"The window ends ({end:%Y-%m-%d %H:%M}) before it begins ({begin:%Y-%m-%d %H:%M}).")
    from_s = trace.seconds(begin) if begin is not None else float("-inf")
    to_s = trace.seconds(end) if end is not None else float("inf")
    calls = tuple(call for call in trace.calls if from_s <= call.arrived_s < to_s)
    if not calls:
        first, last = (trace.moment(trace.calls[index].arrived_s) for index in (0, -1))
        raise TraceError(
            f"Nobody calls in that window; the trace goes from {first:%Y-%m-%d %H:%M} to {last:%Y-%m-%d %H:%M}."
        )
    agents = [
        replace(agent, shifts=clipped(agent.shifts, from_s, to_s), services=clipped(agent.services, from_s, to_s))
        for agent in trace.agents
    ]
    before = [call.recorded for call in trace.calls if call.arrived_s < from_s and call.recorded is not None]
    return replace(
        trace,
        calls=calls,
        agents=tuple(agent for agent in agents if agent.shifts),
        under_way=sum(1 for end in before if end.arrived_s + end.wait_s + (end.handled_s or 0.0) > from_s),
    )


def clipped(spans: Iterable[Span], from_s: float, to_s: float) -> tuple[Span, ...]:
    """The parts of the spans that lie within."""
    return tuple(
        Span(max(span.start_s, from_s), min(span.end_s, to_s))
        for span in spans
        if span.start_s < to_s and span.end_s > from_s
    )


def merged(spans: Iterable[Span]) -> tuple[Span, ...]:
    """The same time without any of it twice: a span that begins in an earlier one begins when that one ends."""
    found: list[Span] = []
    for span in sorted(spans):
        start_s = max(span.start_s, found[-1].end_s) if found else span.start_s
        if span.end_s > start_s:
            found.append(Span(start_s, span.end_s))
    return tuple(found)
