"""Where a trace is played: which agent of the clinic plays whom, and what a caller of the trace says at the door."""

from collections.abc import Callable, Mapping
from typing import Any

import msgspec

from benchmarks.replay.fictional import number_of
from benchmarks.replay.figures import THRESHOLD_S
from benchmarks.replay.rules import PRIORITY_CREDIT_S, skill_of, skills_of
from benchmarks.replay.trace import Trace, TraceCall
from web.client import Client

OFFER_TIMEOUT_S = 60.0
"""No trace tells how long a call rings; the agents of a replay answer at once, so that this only bounds accidents."""
SHORT_ABANDON_S = 5.0
REST_AFTER_DECLINE_S = 5.0
WRAP_UP_S_MAX = 3_600.0
"""Agents end their wrap-up themselves; the queue must not do it before them."""
LENGTH_MAX = 100_000
RINGS_MISSED_MAX = 100
"""Only an accident makes an agent of a replay miss a ring, and that is no reason to send them away."""


class Stage(msgspec.Struct, frozen=True):
    """`run_id`: what the ids of this run begin with. `agent_ids`: by the names of the trace. `enqueue`: a call and its
    number in the trace, as the body of an `enqueue_call`.
    """

    run_id: str
    agent_ids: Mapping[str, str]
    enqueue: Callable[[int, TraceCall], dict[str, Any]]


def make_stage(trace: Trace, run_id: str) -> Stage:
    """One queue, named after the run, and agents of this run alone: calls ask for their kind as a skill."""

    def enqueue(number: int, call: TraceCall) -> dict[str, Any]:
        return {
            "queue_id": run_id,
            "caller": {"number": number_of(number)},
            "needs": [{"skill": skill_of(call.kind)}],
            "priority": int(call.has_priority),
        }

    return Stage(run_id, {agent.name: f"{run_id}-{agent.name.lower()}" for agent in trace.agents}, enqueue)


async def build(client: Client, trace: Trace, stage: Stage, speed: float) -> None:
    """Make the queue, its durations divided by the speed, and the agents."""
    settings = {
        "name": trace.name,
        "priority_credit_s": PRIORITY_CREDIT_S / speed,
        "offer_timeout_s": OFFER_TIMEOUT_S / speed,
        "wrap_up_s": WRAP_UP_S_MAX / speed,
        "sla_threshold_s": THRESHOLD_S / speed,
        "short_abandon_s": SHORT_ABANDON_S / speed,
        "rest_after_decline_s": REST_AFTER_DECLINE_S / speed,
        "rona_away_after": RINGS_MISSED_MAX,
        "length_max": LENGTH_MAX,
    }
    await client.put_queue(stage.run_id, settings)
    for agent in trace.agents:
        settings_of = {"queues": [stage.run_id], "skills": skills_of(agent)}
        await client.put_agent(stage.agent_ids[agent.name], settings_of)
