"""The formulas of the field, each under its own name, over counts and sums.

Rules that hold for all of them:

1. Where nothing happened there is no figure: the answer is None, never 0 and never an error.
2. Sums are in milliseconds, as the journal has them; answers are in seconds or are shares between 0 and 1.
3. A service level means nothing without its threshold and its formula's name, so it always carries both.

What is counted is settled here as well: a wait is *within* a threshold if it is at most as long; an abandoned call is
a *short abandon* if it ended before its queue's limit; *offered* are all calls that arrived in the queue.

Sources: Brad Cleveland, "Call Center Management on Fast Forward" (ICMI), for ASA, AHT, occupancy, abandonment and the
variants of service level, which ICMI's glossary and the vendors' reporting guides (Genesys, Avaya CMS) list as well;
Asterisk `app_queue` for a wait that is estimated from the line's own pace.
"""

from enum import StrEnum

import msgspec


class ServiceLevelFormula(StrEnum):
    """The four variants in common use. They differ in what becomes of callers who gave up."""

    OF_ANSWERED = "answered_within/answered"
    """Abandoned calls do not count at all."""
    OF_OFFERED = "answered_within/offered"
    """Every abandoned call counts against the service."""
    OF_OFFERED_LESS_SHORT_ABANDONS = "answered_within/(offered-short_abandoned)"
    """Abandoned calls count against the service, except those that nobody could have answered so soon."""
    WITH_ABANDONED_WITHIN = "(answered_within+abandoned_within)/offered"
    """A caller who gave up within the threshold was not failed."""


class ServiceLevel(msgspec.Struct, frozen=True):
    """A share between 0 and 1, with the threshold in seconds and the formula without which it means nothing."""

    share: float
    threshold_s: float
    formula: ServiceLevelFormula


class CallCounts(msgspec.Struct, frozen=True):
    """How many calls did what. `answered_within` and `abandoned_within` are counted against `threshold_s`."""

    threshold_s: float
    offered: int
    answered: int
    answered_within: int
    abandoned_within: int = 0
    short_abandoned: int = 0


def service_level(formula: ServiceLevelFormula, counts: CallCounts) -> ServiceLevel | None:
    """The service level by one of the variants; None if no call counts. Unit: share. Source: ICMI, see above."""
    match formula:
        case ServiceLevelFormula.OF_ANSWERED:
            share = ratio(counts.answered_within, counts.answered)
        case ServiceLevelFormula.OF_OFFERED:
            share = ratio(counts.answered_within, counts.offered)
        case ServiceLevelFormula.OF_OFFERED_LESS_SHORT_ABANDONS:
            share = ratio(counts.answered_within, counts.offered - counts.short_abandoned)
        case ServiceLevelFormula.WITH_ABANDONED_WITHIN:
            share = ratio(counts.answered_within + counts.abandoned_within, counts.offered)
    return None if share is None else ServiceLevel(share, counts.threshold_s, formula)


def asa_s(wait_ms: int, answered: int) -> float | None:
    """Average speed of answer: how long those who were answered had waited, the unanswered left out.

    Unit: seconds. Formula: sum of the waits of answered calls / answered. Source: ICMI.
    """
    return _seconds(ratio(wait_ms, answered))


def average_speed_to_abandon_s(abandoned_wait_ms: int, abandoned: int) -> float | None:
    """How long those who gave up had waited.

    Unit: seconds. Formula: sum of the waits of abandoned calls / abandoned. Source: ICMI ("average time to abandon").
    """
    return _seconds(ratio(abandoned_wait_ms, abandoned))


def aht_s(talk_ms: int, hold_ms: int, wrap_up_ms: int, handled: int) -> float | None:
    """Average handle time: what one call costs an agent.

    Unit: seconds. Formula: (talk + hold + wrap-up) / handled. Source: ICMI.
    """
    return _seconds(ratio(talk_ms + hold_ms + wrap_up_ms, handled))


def abandonment_rate(abandoned: int, offered: int) -> float | None:
    """The share of callers who gave up. Unit: share. Formula: abandoned / offered. Source: ICMI."""
    return ratio(abandoned, offered)


def abandonment_rate_less_short_abandons(abandoned: int, short_abandoned: int, offered: int) -> float | None:
    """The share of callers who gave up, of those who stayed long enough to be answered.

    Unit: share. Formula: (abandoned - short abandoned) / (offered - short abandoned). Source: ICMI.
    """
    return ratio(abandoned - short_abandoned, offered - short_abandoned)


def occupancy(engaged_ms: int, idle_ms: int) -> float | None:
    """The share of their available time that agents spent on calls and wrap-up; time away is no part of it.

    Unit: share. Formula: (on call + wrap-up) / (on call + wrap-up + waiting for a call). Source: ICMI.
    """
    return ratio(engaged_ms, engaged_ms + idle_ms)


def ewt_s(position: int, step_ms: float | None) -> float | None:
    """Estimated wait at a position in line, 1 being next; None while the line has never moved.

    Unit: seconds, to a tenth. Formula: position x the time in which the line moves up by one. Source: `app_queue`;
    `engine.line` measures the step.
    """
    return None if step_ms is None else round(position * step_ms / 1_000, 1)


def ratio(part: float, whole: float) -> float | None:
    """One number over another, or None where there is nothing to divide by."""
    return part / whole if whole > 0 else None


def _seconds(mean_ms: float | None) -> float | None:
    return None if mean_ms is None else mean_ms / 1_000
