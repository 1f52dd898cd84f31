"""What a supervisor wants to look at, as charts: a day by intervals, how long people waited, how fast it rang."""

import math
from collections.abc import Callable, Iterator, Sequence
from itertools import pairwise

from benchmarks.replay.bins import WAITS_S, bins_of, shares_of
from benchmarks.replay.charts import Chart, Mark, Series
from benchmarks.replay.figures import Course, Figures, figures, line_lengths, part_of
from benchmarks.replay.run import Replayed
from benchmarks.replay.trace import Outcome, Trace

SHORT_WINDOW_S = 3 * 3_600
SLOT_S, SLOT_S_SHORT = 1_800.0, 600.0
HOUR_S = 3_600.0
SAMPLE_SHARE = 6
"""Samples of the line in each interval."""
LATENCIES_MS = (0, 5, 10, 15, 20, 30, 50, 100, 200, 500, 1_000, math.inf)
OURS, RECORD, IDEAL = "ours", "the record", "without delay"


def span_charts(replayed: Replayed, trace: Trace, from_s: float, to_s: float) -> list[Chart]:
    """A day, or what was played of it, from the first arrival to the last."""
    slot_s = SLOT_S if to_s - from_s > SHORT_WINDOW_S else SLOT_S_SHORT
    slots = _slots(from_s, to_s, slot_s)
    hours = _slots(from_s, to_s, HOUR_S if slot_s == SLOT_S else slot_s)
    minutes = f"{slot_s / 60:.0f} minutes"
    return [
        _arrivals(replayed, trace, slots, minutes),
        _by_slot(
            replayed,
            trace,
            slots,
            Chart(
                title="Service level",
                about=f"Share of the answered who waited at most 20 s, by the {minutes} in which they called.",
                labels=(),
                series=(),
                write=_percent,
                top=1.0,
            ),
            lambda told: told.service_level_20s,
        ),
        _by_slot(
            replayed,
            trace,
            hours,
            Chart(
                title="Average speed of answer",
                about="How long those who were answered had waited on average, by the time of their call.",
                labels=(),
                series=(),
                write=_seconds,
            ),
            lambda told: told.asa_s,
        ),
        _line(replayed, trace, _slots(from_s, to_s, slot_s / SAMPLE_SHARE)),
        _by_slot(
            replayed,
            trace,
            hours,
            Chart(
                title="Occupancy",
                about="Share of the agents' time on calls and in wrap-up, of all the time that they were there.",
                labels=(),
                series=(),
                write=_percent,
                top=1.0,
            ),
            lambda told: told.occupancy,
        ),
    ]


def whole_charts(replayed: Replayed) -> list[Chart]:
    """What is not of a time of day."""
    waits = [
        Series(name, tone, Mark.COLUMN, shares_of(_answered_waits_s(course), WAITS_S))
        for name, tone, course in _courses(replayed)
    ]
    return [
        Chart(
            title="How long the answered had waited",
            about="Share of the answered by their wait in seconds.",
            labels=bins_of(WAITS_S),
            series=waits,
            write=_percent,
        ),
        Chart(
            title="How fast it rang",
            about="Share of the calls by the time from when it could ring until it rang, in milliseconds of the wall.",
            labels=bins_of(LATENCIES_MS),
            series=[Series(OURS, "ours", Mark.COLUMN, shares_of(replayed.ring_latencies_ms, LATENCIES_MS))],
            write=_percent,
        ),
    ]


def _arrivals(replayed: Replayed, trace: Trace, slots: Sequence[float], minutes: str) -> Chart:
    told = _told(replayed.ours, slots)
    series = [
        Series("answered", "ours", Mark.STACK, [one.answered for one in told]),
        Series("abandoned", "abandoned", Mark.STACK, [one.abandoned for one in told]),
    ]
    if any(one.open for one in told):
        series.append(Series("open at the cut", "open", Mark.STACK, [one.open for one in told]))
    if replayed.recorded is not None:
        answered = [one.answered for one in _told(replayed.recorded, slots)]
        series.append(Series("answered in the record", "record", Mark.LINE, answered))
    about = f"Calls by the {minutes} in which they came. What lies above the line was not answered in the record."
    return Chart(
        title="Calls and what became of them",
        about=about if replayed.recorded is not None else about.partition(".")[0] + ".",
        labels=_clock(trace, slots),
        series=series,
    )


def _by_slot(
    replayed: Replayed, trace: Trace, slots: Sequence[float], chart: Chart, of: Callable[[Figures], float | None]
) -> Chart:
    series = [
        Series(name, tone, Mark.LINE, [of(one) for one in _told(course, slots)])
        for name, tone, course in _courses(replayed)
    ]
    return Chart(
        title=chart.title,
        about=chart.about,
        labels=_clock(trace, slots),
        series=series,
        write=chart.write,
        top=chart.top,
    )


def _line(replayed: Replayed, trace: Trace, slots: Sequence[float]) -> Chart:
    series = [
        Series(name, tone, Mark.AREA if tone == "ours" else Mark.LINE, _longest(course, slots))
        for name, tone, course in _courses(replayed)
        if tone != "ideal"
    ]
    minutes = (slots[1] - slots[0]) / 60
    return Chart(
        title="The line",
        about=f"How many waited at the most in each {minutes:.0f} minutes.",
        labels=_clock(trace, slots),
        series=series,
    )


def _answered_waits_s(course: Course) -> list[float]:
    return [end.wait_s for end in course.ends if end.outcome is Outcome.ANSWERED]


def _courses(replayed: Replayed) -> Iterator[tuple[str, str, Course]]:
    yield OURS, "ours", replayed.ours
    if replayed.recorded is not None:
        yield RECORD, "record", replayed.recorded
    yield IDEAL, "ideal", replayed.ideal


def _slots(from_s: float, to_s: float, slot_s: float) -> list[float]:
    """Edges of intervals that cover all, on the clock's own marks."""
    first, last = math.floor(from_s / slot_s), math.floor(to_s / slot_s) + 1
    return [number * slot_s for number in range(first, last + 1)]


def _clock(trace: Trace, slots: Sequence[float]) -> list[str]:
    return [f"{trace.moment(begin_s):%H:%M}" for begin_s in slots[:-1]]


def _told(course: Course, slots: Sequence[float]) -> list[Figures]:
    return [figures(part_of(course, *slot)) for slot in pairwise(slots)]


def _longest(course: Course, slots: Sequence[float]) -> list[float | None]:
    """The longest line in each interval; who waits through it counts."""
    found: list[float | None] = []
    changes, at, length = line_lengths(course.ends), 0, 0
    for _, end_s in pairwise(slots):
        longest = length
        while at < len(changes) and changes[at][0] < end_s:
            length = changes[at][1]
            longest = max(longest, length)
            at += 1
        found.append(longest)
    return found


def _percent(value: float) -> str:
    return f"{value:.0%}"


def _seconds(value: float) -> str:
    return f"{value:.0f} s"
