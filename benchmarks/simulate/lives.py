"""One course of one plan, from the engine's virtual milliseconds to what figures and charts are made of."""

from collections import defaultdict
from random import Random

import msgspec

from benchmarks.replay.figures import THRESHOLD_S, Course, figures
from benchmarks.replay.trace import CallEnd, Outcome, Span
from engine.simulation.fates import Ending, Fate
from engine.simulation.house import FOREVER_MS
from engine.simulation.plan import Plan
from engine.simulation.world import World

Figured = dict[str, float | None]
"""Figures by name; None where nothing happened."""
OUTCOMES = {
    Ending.ANSWERED: Outcome.ANSWERED,
    Ending.ABANDONED: Outcome.ABANDONED,
    Ending.BLOCKED: Outcome.ABANDONED,
    Ending.OPEN: Outcome.OPEN,
}
"""Who finds the line full has to go at once, and counts as one who gave up without waiting."""


class Lived(msgspec.Struct, frozen=True):
    """A course, the same by queue, and the threshold of each queue in seconds. Agents are of no single queue."""

    course: Course
    by_queue: dict[str, Course]
    thresholds_s: dict[str, float]
    blocked: int


def live(plan: Plan, seed: int, until_s: float | None = None) -> Lived:
    """Everything until the cut, or until every call has ended. What is left to chance follows from the seed."""
    fates: list[Fate] = []
    world = World(plan, Random(seed), fates.append)  # noqa: S311 - a seeded draw, not a secret
    end_ms = world.run(FOREVER_MS if until_s is None else round(until_s * 1_000))
    fates.sort(key=lambda fate: fate.number)
    ends: list[CallEnd] = []
    by_queue: dict[str, list[CallEnd]] = defaultdict(list)
    engaged: list[Span] = []
    for fate in fates:
        answered_ms = fate.arrived_ms + fate.wait_ms
        handled_s = (fate.done_ms - answered_ms) / 1_000 if fate.done_ms is not None else None
        end = CallEnd(fate.arrived_ms / 1_000, OUTCOMES[fate.ending], fate.wait_ms / 1_000, handled_s)
        ends.append(end)
        by_queue[fate.queue_id].append(end)
        if fate.ending is Ending.ANSWERED:
            over_ms = fate.done_ms if fate.done_ms is not None else end_ms
            engaged.append(Span(answered_ms / 1_000, over_ms / 1_000))
    present = [Span(one.start_ms / 1_000, one.end_ms / 1_000) for one in world.attendance]
    return Lived(
        Course(ends, present, engaged),
        {queue.queue_id: Course(by_queue[queue.queue_id]) for queue in plan.queues},
        {queue.queue_id: queue.sla_threshold_s for queue in plan.queues},
        sum(1 for fate in fates if fate.ending is Ending.BLOCKED),
    )


def figured(course: Course) -> Figured:
    """The figures of `replay`, by name."""
    return msgspec.structs.asdict(figures(course))


def figured_whole(lived: Lived) -> Figured:
    """The figures of the whole, and two more: who found the line full, and the share in each queue's own time.

    `within_sla`: answered within the threshold of the call's own queue, over offered.
    """
    offered = len(lived.course.ends)
    within = sum(within_sla(course, lived.thresholds_s[queue_id]) for queue_id, course in lived.by_queue.items())
    return figured(lived.course) | {"within_sla": within / offered if offered else None, "blocked": lived.blocked}


def figured_queue(course: Course, threshold_s: float) -> Figured:
    """The figures of one queue, with its own threshold. Occupancy is the agents', who may serve several."""
    told = figured(course)
    del told["occupancy"]
    offered = len(course.ends)
    share = within_sla(course, threshold_s) / offered if offered else None
    return told | {"threshold_s": threshold_s, "within_sla": share}


def within_sla(course: Course, threshold_s: float = THRESHOLD_S) -> int:
    """How many were answered within the threshold."""
    return sum(1 for end in course.ends if end.outcome is Outcome.ANSWERED and end.wait_s <= threshold_s)
