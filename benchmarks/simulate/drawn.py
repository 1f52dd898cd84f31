"""A scenario as a plan: callers drawn from a seed, agents and shifts as they are."""

import heapq
from collections.abc import Iterator
from random import Random

from benchmarks.simulate.scenario import QueuePlan, Scenario, agent_settings, queue_settings, shift_s
from engine.simulation.draws import draw_ms, poisson_ms
from engine.simulation.plan import Caller, Plan, Shift


def plan_of(scenario: Scenario, seed: int) -> Plan:
    """The day of a seed. Every queue draws from a stream of its own, so that changing one leaves the others."""
    streams = [_callers(scenario, queue, Random(f"{seed} {queue.id}")) for queue in scenario.queues]  # noqa: S311
    shifts = [
        Shift(settings.agent_id, start_s * 1_000, end_s * 1_000)
        for plan, settings in agent_settings(scenario)
        for start_s, end_s in sorted(shift_s("shifts", text) for text in plan.shifts)
    ]
    return Plan(
        queues=tuple(queue_settings(number, queue) for number, queue in enumerate(scenario.queues)),
        agents=tuple(settings for _, settings in agent_settings(scenario)),
        shifts=tuple(shifts),
        callers=list(heapq.merge(*streams, key=lambda caller: caller.arrived_ms)),
        answer=scenario.answer,
    )


def _callers(scenario: Scenario, queue: QueuePlan, rng: Random) -> Iterator[Caller]:
    for at_ms in poisson_ms(queue.calls, scenario.opens_s * 1_000, scenario.interval_s * 1_000, rng):
        yield Caller(
            arrived_ms=at_ms,
            queue_id=queue.id,
            service_ms=draw_ms(queue.service, rng),
            patience_ms=draw_ms(queue.patience, rng) if queue.patience is not None else None,
            priority=int(rng.random() < queue.priority_share) if queue.priority_share else None,
        )
