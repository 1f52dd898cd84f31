"""What one replication tells: figures of the whole, by day, by queue and by the time of day, small enough to travel."""

from collections.abc import Sequence

import msgspec

from benchmarks.replay.bins import WAITS_S, shares_of
from benchmarks.replay.figures import Course, part_of
from benchmarks.replay.trace import Outcome, Span
from benchmarks.simulate.cases import Run, lived
from benchmarks.simulate.lives import Figured, Lived, figured, figured_queue, figured_whole

DAY_S = 86_400


class Told(msgspec.Struct, frozen=True, kw_only=True):
    """`by_day`: by the day's number; `by_slot`: by the second of the day at which it begins, days put together.
    `waits`: the share of the answered in each bin of `WAITS_S`.
    """

    whole: Figured
    by_day: dict[int, Figured]
    by_queue: dict[str, Figured]
    by_slot: dict[int, Figured]
    waits: list[float | None]


class Job(msgspec.Struct, frozen=True):
    """A run, and how long the slots are by which it is told."""

    run: Run
    slot_s: int


def tell(job: Job) -> Told:
    """Live through it and tell."""
    return told_of(lived(job.run), job.slot_s)


def told_of(one: Lived, slot_s: int) -> Told:
    course = one.course
    days = sorted({int(end.arrived_s // DAY_S) for end in course.ends})
    by_day = {day: figured(part_of(course, day * DAY_S, (day + 1) * DAY_S)) for day in days}
    folded = _folded(course)
    slots = sorted({int(end.arrived_s // slot_s) * slot_s for end in folded.ends})
    every = range(slots[0], slots[-1] + 1, slot_s) if slots else range(0)
    return Told(
        whole=figured_whole(one),
        by_day=by_day,
        by_queue={name: figured_queue(part, one.thresholds_s[name]) for name, part in one.by_queue.items()},
        by_slot={slot: figured(part_of(folded, slot, slot + slot_s)) for slot in every},
        waits=shares_of([end.wait_s for end in course.ends if end.outcome is Outcome.ANSWERED], WAITS_S),
    )


def _folded(course: Course) -> Course:
    """All days put on top of each other, so that a time of day is one place."""
    ends = [msgspec.structs.replace(end, arrived_s=end.arrived_s % DAY_S) for end in course.ends]
    return Course(ends, _by_day(course.present), _by_day(course.engaged))


def _by_day(spans: Sequence[Span]) -> list[Span]:
    found = []
    for span in spans:
        begin_s = span.start_s
        while begin_s < span.end_s:
            midnight_s = (begin_s // DAY_S) * DAY_S
            end_s = min(span.end_s, midnight_s + DAY_S)
            found.append(Span(begin_s - midnight_s, end_s - midnight_s))
            begin_s = end_s
    return found
