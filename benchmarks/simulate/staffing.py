"""The smallest roster that meets a service level in every interval, found interval by interval in order of time.

For each interval the number of agents is sought, from what Erlang C asks for on, with the intervals before it as found:
enough if, over all replications, the share of the interval's callers who were answered within their queue's threshold
reaches the target. Earlier intervals are lived through only as far back as they can matter. Every agent serves every
queue; who still talks when an interval with fewer agents begins finishes the call.
"""

from collections.abc import Callable, Iterator, Sequence
from functools import partial

import msgspec
from msgspec.structs import replace

from benchmarks.simulate import drawn
from benchmarks.simulate.lives import Lived, live, within_sla
from benchmarks.simulate.run import Ticks
from benchmarks.simulate.scenario import QueuePlan, Scenario, queue_settings
from benchmarks.simulate.theory import erlang_c
from engine.settings import AgentSettings
from engine.simulation.draws import mean_s
from engine.simulation.plan import Plan, Shift

BEFORE = 2
"""Intervals before the one in question that are lived through with it: whoever waits or talks came in one of them."""
AGENTS_MAX = 2_000


class Staffed(msgspec.Struct, frozen=True, kw_only=True):
    """One interval of the roster that was found. `begins_s`: second of the day; `within_sla`: over its callers."""

    begins_s: int
    calls: float
    agents: int
    erlang_c: int
    within_sla: float


def staff(scenario: Scenario, target: float, seeds: Sequence[int], ticks: Ticks) -> list[Staffed]:
    """Agents for every interval, at least one where anybody calls."""
    found: list[Staffed] = []
    for interval in range(scenario.intervals):
        before = tuple(one.agents for one in found)
        theory = by_erlang_c(scenario, interval, target)
        share = partial(_share, scenario, before, seeds)
        agents, reached = _smallest(share, theory, target) if expected(scenario, interval) else (0, 1.0)
        found.append(
            Staffed(
                begins_s=scenario.opens_s + interval * scenario.interval_s,
                calls=expected(scenario, interval),
                agents=agents,
                erlang_c=theory,
                within_sla=round(reached, 4),
            )
        )
        ticks.advance(1)
    return found


def attempt(scenario: Scenario, agents: tuple[int, ...], seed: int) -> tuple[int, int]:
    """Calls of the last interval that has agents, and how many of them were answered within their queue's threshold."""
    interval = len(agents) - 1
    begins_s = scenario.opens_s + interval * scenario.interval_s
    lived: Lived = live(_plan(scenario, agents, seed), seed)
    calls = within = 0
    for queue_id, course in lived.by_queue.items():
        ends = [end for end in course.ends if begins_s <= end.arrived_s < begins_s + scenario.interval_s]
        calls += len(ends)
        within += within_sla(replace(course, ends=ends), lived.thresholds_s[queue_id])
    return calls, within


def by_erlang_c(scenario: Scenario, interval: int, target: float) -> int:
    """What Erlang C asks for in this interval, as if all queues were one and nobody hung up."""
    calls = expected(scenario, interval)
    if not calls:
        return 0
    handled_s = sum(_calls(queue, interval) * _handle_s(number, queue) for number, queue in enumerate(scenario.queues))
    threshold_s = min(queue_settings(number, queue).sla_threshold_s for number, queue in enumerate(scenario.queues))
    agents = int(handled_s / scenario.interval_s) + 1
    while erlang_c(calls / scenario.interval_s, handled_s / calls, agents, threshold_s).service_level < target:
        agents += 1
    return agents


def expected(scenario: Scenario, interval: int) -> float:
    return sum(_calls(queue, interval) for queue in scenario.queues)


def _smallest(share: Callable[[int], float], start: int, target: float) -> tuple[int, float]:
    """The least number whose share reaches the target, looked for around `start`; more agents serve more callers."""
    agents, reached = start, share(start)
    if reached >= target:
        while agents > 1 and (fewer := share(agents - 1)) >= target:
            agents, reached = agents - 1, fewer
        return agents, reached
    while reached < target and agents < AGENTS_MAX:
        agents += 1
        reached = share(agents)
    return agents, reached


def _share(scenario: Scenario, before: tuple[int, ...], seeds: Sequence[int], agents: int) -> float:
    counts = [attempt(scenario, (*before, agents), seed) for seed in seeds]
    calls = sum(count for count, _ in counts)
    return sum(within for _, within in counts) / calls if calls else 1.0


def _plan(scenario: Scenario, agents: tuple[int, ...], seed: int) -> Plan:
    """The callers of the intervals that matter, and as many agents in each as are tried."""
    last = len(agents) - 1
    first = max(0, last - BEFORE)
    plan = drawn.plan_of(scenario, seed)
    begins_ms, step_ms = scenario.opens_s * 1_000, scenario.interval_s * 1_000
    span = (begins_ms + first * step_ms, begins_ms + (last + 1) * step_ms)
    skills = {need: 10 for queue in scenario.queues for need in queue.needs}
    queues = tuple(queue.id for queue in scenario.queues)
    # Whoever still waits when the interval in question ends is served by its agents for as long as it takes.
    counts = (*agents[first:], *(agents[-1:] * scenario.intervals))
    return replace(
        plan,
        agents=tuple(AgentSettings(f"a{number}", queues, skills) for number in range(max(counts))),
        shifts=tuple(_shifts(counts, span[0], step_ms)),
        callers=[caller for caller in plan.callers if span[0] <= caller.arrived_ms < span[1]],
    )


def _shifts(counts: Sequence[int], begins_ms: int, step_ms: int) -> Iterator[Shift]:
    """For each agent, the intervals in a row in which there are more than their number."""
    for number in range(max(counts)):
        since: int | None = None
        for interval, count in enumerate((*counts, 0)):
            if count > number and since is None:
                since = interval
            elif count <= number and since is not None:
                yield Shift(f"a{number}", begins_ms + since * step_ms, begins_ms + interval * step_ms)
                since = None


def _calls(queue: QueuePlan, interval: int) -> float:
    return queue.calls[interval] if interval < len(queue.calls) else 0.0


def _handle_s(number: int, queue: QueuePlan) -> float:
    return mean_s(queue.service) + queue_settings(number, queue).wrap_up_s
