"""The figures of a day, by the same code for the record and for what was replayed. Formulas: `engine.metrics`."""

from collections.abc import Iterable, Sequence

import msgspec

from benchmarks.replay.trace import CallEnd, Outcome
from engine import metrics
from engine.metrics import CallCounts, ServiceLevelFormula

THRESHOLD_S = 20.0
"""Within this wait an answer counts as in time."""


class Staffing(msgspec.Struct, frozen=True):
    """How long agents were there, and how much of it they talked or wrapped up, in seconds of the trace."""

    signed_in_s: float
    engaged_s: float


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


def figures(ends: Sequence[CallEnd], staffing: Staffing) -> Figures:
    """What a supervisor asks first."""
    answered = [end for end in ends if end.outcome is Outcome.ANSWERED]
    abandoned = sum(1 for end in ends if end.outcome is Outcome.ABANDONED)
    handled_s = [end.handled_s for end in answered if end.handled_s is not None]
    within = sum(1 for end in answered if end.wait_s <= THRESHOLD_S)
    counts = CallCounts(THRESHOLD_S, len(ends), len(answered), within)
    return Figures(
        offered=len(ends),
        answered=len(answered),
        abandoned=abandoned,
        open=sum(1 for end in ends if end.outcome is Outcome.OPEN),
        abandonment=rounded(metrics.abandonment_rate(abandoned, len(ends)), 4),
        asa_s=rounded(metrics.asa_s(_ms(end.wait_s for end in answered), len(answered)), 2),
        aht_s=rounded(metrics.aht_s(_ms(handled_s), 0, 0, len(handled_s)), 2),
        service_level_20s=service_level(ServiceLevelFormula.OF_ANSWERED, counts),
        service_level_20s_offered=service_level(ServiceLevelFormula.OF_OFFERED, counts),
        longest_line=max((length for _, length in line_lengths(ends)), default=0),
        occupancy=rounded(
            metrics.occupancy(_ms([staffing.engaged_s]), _ms([staffing.signed_in_s - staffing.engaged_s])), 4
        ),
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
