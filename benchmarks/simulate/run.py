"""A simulation from its case to its report: replications and variants, in parallel where there are several."""

import time
from collections.abc import Iterator, Sequence

import msgspec

from benchmarks.processes import in_processes
from benchmarks.replay.differences import of_callers, of_staffing
from benchmarks.replay.figures import figures, recorded_course
from benchmarks.replay.trace import Trace
from benchmarks.simulate.cases import Case, Run
from benchmarks.simulate.lives import Lived, live
from benchmarks.simulate.recorded import QUEUE_ID
from benchmarks.simulate.report import Report, Variant
from benchmarks.simulate.told import Job, Told, tell, told_of
from benchmarks.simulate.whatif import changed

AS_IT_IS = "as it is"
SLOT_S = 1_800
CALLS_PER_S = 5_000
"""About how many calls a core lives through in a second, for deciding whether other processes are worth their start."""
ALONE_S = 3.0


class Ticks:
    """Hears that so many replications are done."""

    def advance(self, count: int) -> None:
        """So many more."""


class Order(msgspec.Struct, frozen=True, kw_only=True):
    """What is asked for."""

    case: Case
    what_ifs: Sequence[str] = ()
    replications: int = 1
    seed: int = 1
    workers: int | None = None

    @property
    def jobs(self) -> list[Job]:
        """Variant by variant; each with the same seeds, so that they can be compared call by call."""
        slot_s = self.case.scenario.interval_s if self.case.scenario is not None else SLOT_S
        return [
            Job(Run(self.case, what_if, self.seed + number), slot_s)
            for what_if in ("", *self.what_ifs)
            for number in range(self.replications)
        ]


def simulate(order: Order, ticks: Ticks) -> Report:
    """Everything. Raises `TraceError` or `ScenarioError` before anything is lived through."""
    began_s = time.perf_counter()
    jobs = order.jobs
    trace = order.case.trace(order.seed)
    plan, ends_s = order.case.plan(trace, order.seed)
    for what_if in order.what_ifs:
        changed(plan, what_if)  # one that cannot be made is told now, and not by a process after minutes
    first = live(plan, order.seed, ends_s)
    results: list[Told | None] = [told_of(first, jobs[0].slot_s), *[None] * (len(jobs) - 1)]
    ticks.advance(1)
    for index, told in _told(jobs[1:], len(first.course.ends), order.workers):
        results[index + 1] = told
        ticks.advance(1)
    whole = [told for told in results if told is not None]
    assert len(whole) == len(jobs)
    names = (AS_IT_IS, *order.what_ifs)
    count = order.replications
    elapsed_s = time.perf_counter() - began_s
    calls = sum(one.whole["offered"] or 0.0 for one in whole)
    recorded, explanations = _beside_the_record(trace, first, jobs[0].slot_s)
    scenario = order.case.scenario
    return Report(
        name=trace.name if trace is not None else (scenario.name if scenario is not None else ""),
        first_day=order.case.first_day(trace),
        seed=order.seed,
        agents=len(plan.agents),
        slot_s=jobs[0].slot_s,
        variants=[Variant(name, whole[at * count : (at + 1) * count]) for at, name in enumerate(names)],
        recorded=recorded,
        explanations=explanations,
        elapsed_s=elapsed_s,
        calls_per_s=calls / elapsed_s,
    )


def _told(jobs: Sequence[Job], calls: int, workers: int | None) -> Iterator[tuple[int, Told]]:
    """Here where it takes no time, else in as many processes as there are cores."""
    if workers == 1 or len(jobs) * calls < CALLS_PER_S * ALONE_S:
        return ((index, tell(job)) for index, job in enumerate(jobs))
    return in_processes(tell, jobs, workers)


def _beside_the_record(trace: Trace | None, first: Lived, slot_s: int) -> tuple[Told | None, list[str]]:
    if trace is None or not trace.is_recorded:
        return None, []
    record = recorded_course(trace)
    sentences = [
        *of_staffing(trace, figures(record), figures(first.course)),
        *of_callers(first.course, record),
    ]
    return told_of(Lived(record, {QUEUE_ID: record}, first.thresholds_s, 0), slot_s), sentences
