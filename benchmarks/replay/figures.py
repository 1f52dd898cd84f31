"""The figures of a day, by the same code for the record and for what was replayed. Formulas: `engine.metrics`."""

from collections.abc import Iterable, Sequence

import msgspec

from benchmarks.replay.trace import CallEnd, Outcome, Span, Trace, clipped
from engine import metrics
from engine.metrics import CallCounts, ServiceLevelFormula

THRESHOLD_S = 20.0
"""Within this wait an answer counts as in time."""


class Course(msgspec.Struct, frozen=True):
    """How a day went, in the record or in a replay: its calls, and when agents were there and when engaged.

    `unaccounted`: calls that came and of which nobody can say what became.
    """

    ends: Sequence[CallEnd]
    present: Sequence[Span] = ()
    engaged: Sequence[Span] = ()
    unaccounted: int = 0


class Figures(msgspec.Struct, frozen=True, kw_only=True):
    """Seconds of the trace, shares between 0 and 1; None where nothing happened."""

    offered: int
    answered: int
    abandoned: int
    open: int
    abandonment: float | None
    asa_s: float | None
    aht_s: float | None
    service_level_20s: float | None
    service_level_20s_offered: float | None
    longest_line: int
    occupancy: float | None


def figures(course: Course) -> Figures:
    """What a supervisor asks first."""
    ends, offered = course.ends, len(course.ends) + course.unaccounted
    present_s, engaged_s = (sum(span.length_s for span in spans) for spans in (course.present, course.engaged))
    answered = [end for end in ends if end.outcome is Outcome.ANSWERED]
    abandoned = sum(1 for end in ends if end.outcome is Outcome.ABANDONED)
    handled_s = [end.handled_s for end in answered if end.handled_s is not None]
    within = sum(1 for end in answered if end.wait_s <= THRESHOLD_S)
    counts = CallCounts(THRESHOLD_S, offered, len(answered), within)
    return Figures(
        offered=offered,
        answered=len(answered),
        abandoned=abandoned,
        open=sum(1 for end in ends if end.outcome is Outcome.OPEN),
        abandonment=rounded(metrics.abandonment_rate(abandoned, offered), 4),
        asa_s=rounded(metrics.asa_s(_ms(end.wait_s for end in answered), len(answered)), 2),
        aht_s=rounded(metrics.aht_s(_ms(handled_s), 0, 0, len(handled_s)), 2),
        service_level_20s=service_level(ServiceLevelFormula.OF_ANSWERED, counts),
        service_level_20s_offered=service_level(ServiceLevelFormula.OF_OFFERED, counts),
        longest_line=max((length for _, length in line_lengths(ends)), default=0),
        occupancy=rounded(metrics.occupancy(_ms([engaged_s]), _ms([present_s - engaged_s])), 4),
    )


def recorded_course(trace: Trace) -> Course:
    """What the record says of the same calls and agents."""
    return Course(
        ends=[call.recorded for call in trace.calls if call.recorded is not None],
        present=[shift for agent in trace.agents for shift in agent.shifts],
        engaged=[service for agent in trace.agents for service in agent.services],
    )


def part_of(course: Course, from_s: float, to_s: float) -> Course:
    """Those calls that arrived from `from_s` until before `to_s`, and the agents meanwhile."""
    return Course(
        ends=[end for end in course.ends if from_s <= end.arrived_s < to_s],
        present=clipped(course.present, from_s, to_s),
        engaged=clipped(course.engaged, from_s, to_s),
    )


def service_level(formula: ServiceLevelFormula, counts: CallCounts) -> float | None:
    level = metrics.service_level(formula, counts)
    return rounded(level.share if level is not None else None, 4)


def line_lengths(ends: Iterable[CallEnd]) -> list[tuple[float, int]]:
    """How many waited from each second on at which it changed. Who leaves makes room before who comes."""
    steps = [(end.arrived_s + end.wait_s, -1) for end in ends if end.wait_s > 0]
    steps += [(end.arrived_s, 1) for end in ends if end.wait_s > 0]
    length, found = 0, []
    for at_s, step in sorted(steps):
        length += step
        found.append((at_s, length))
    return found


def rounded(value: float | None, digits: int) -> float | None:
    return None if value is None else round(value, digits)


def _ms(durations_s: Iterable[float]) -> int:
    return round(sum(durations_s) * 1_000)
