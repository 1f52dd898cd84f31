"""A trace as a plan: its callers, agents and shifts, in one line with the center's own rule."""

from benchmarks.replay.rules import PRIORITY_CREDIT_S, skill_of, skills_of
from benchmarks.replay.trace import Trace
from engine.settings import AgentSettings, QueueSettings
from engine.simulation.plan import Caller, Plan, Shift
from engine.skills import SkillNeed

QUEUE_ID = "line"
LENGTH_MAX = 100_000
"""The record knows no limit of the line."""


def plan_of(trace: Trace, *, wrap_up_s: float = 0.0) -> Plan:
    """Ordered by time in queue, with a credit for priority; skills from the record; agents answer at once."""
    queue = QueueSettings(
        QUEUE_ID, trace.name, priority_credit_s=PRIORITY_CREDIT_S, wrap_up_s=wrap_up_s, length_max=LENGTH_MAX
    )
    shifts = [
        Shift(agent.name.lower(), _ms(shift.start_s), _ms(shift.end_s))
        for agent in trace.agents
        for shift in agent.shifts
    ]
    return Plan(
        queues=(queue,),
        agents=tuple(AgentSettings(agent.name.lower(), (QUEUE_ID,), skills_of(agent)) for agent in trace.agents),
        shifts=tuple(shifts),
        callers=[
            Caller(
                arrived_ms=_ms(call.arrived_s),
                queue_id=QUEUE_ID,
                service_ms=_ms(call.service_s),
                patience_ms=_ms(call.patience_s),
                priority=int(call.has_priority),
                needs=(SkillNeed(skill_of(call.kind)),),
            )
            for call in trace.calls
        ],
    )


def _ms(seconds: float) -> int:
    return round(seconds * 1_000)
