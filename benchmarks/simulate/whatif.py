"""What if: changes to a plan, written on the command line, several joined by commas.

- `agents+1@10:00-12:00`: one more agent then, every day, who serves every queue and can do everything.
- `agents-1@10:00-12:00`: one fewer then, of those who would have been there throughout.
- `strategy=round-robin`, `credit=120` (seconds of waiting for a point of priority; `none`: priority makes classes),
  `wrap-up=30`, `sla=30` (the threshold against which `within_sla` counts): for every queue.
- `positions=fewest-skills`: who can do the least comes first where a strategy goes by position, such as top-down.
"""

import re
from collections.abc import Callable, Sequence

from msgspec.structs import replace

from benchmarks.simulate.scenario import DAY_S, ScenarioError, shift_s
from engine.settings import AgentSettings, QueueSettings, Strategy, Tier
from engine.simulation.plan import Plan, Shift

AGENTS = re.compile(r"agents([+-]\d{1,3})@(\d\d?)(:\d\d)?-(\d\d?)(:\d\d)?")
EXPERT = 10

Change = Callable[[Plan], Plan]


def changed(plan: Plan, text: str) -> Plan:
    """The plan after all changes of the text. Raises `ScenarioError`."""
    for part in text.split(","):
        plan = _change(part.strip())(plan)
    return plan


def _change(text: str) -> Change:
    found = AGENTS.fullmatch(text)
    if found is not None:
        count, begin, begin_min, end, end_min = found.groups()
        span = shift_s(f"--what-if {text!r}", f"{begin:0>2}{begin_min or ':00'}-{end:0>2}{end_min or ':00'}")
        return lambda plan: more(plan, int(count), span) if int(count) > 0 else fewer(plan, -int(count), span)
    name, _, value = text.partition("=")
    match name:
        case "positions" if value == "fewest-skills":
            return fewest_skills_first
        case "strategy":
            return _settings(text, strategy=_strategy(value))
        case "credit":
            return _settings(text, priority_credit_s=None if value == "none" else _number(text, value))
        case "wrap-up":
            return _settings(text, wrap_up_s=_number(text, value))
        case "sla":
            return _settings(text, sla_threshold_s=_number(text, value))
        case _:
            raise ScenarioError(
                f"--what-if: {text!r} is no change; write agents+1@10:00-12:00, strategy=NAME, "
                "positions=fewest-skills, credit=SECONDS, wrap-up=SECONDS or sla=SECONDS."
            )


def more(plan: Plan, count: int, span: tuple[int, int]) -> Plan:
    """So many more agents in this span of every day."""
    skills = {skill: EXPERT for agent in plan.agents for skill in agent.skills}
    skills |= {need.skill: EXPERT for queue in plan.queues for need in queue.needs}
    queues = tuple(queue.queue_id for queue in plan.queues)
    known = {agent.agent_id for agent in plan.agents}
    names = [name for name in (f"extra-{n}" for n in range(1, count + len(known) + 1)) if name not in known][:count]
    return replace(
        plan,
        agents=(*plan.agents, *(AgentSettings(name, queues, skills) for name in names)),
        shifts=(*plan.shifts, *(Shift(name, *_on(day, span)) for name in names for day in _days(plan))),
    )


def fewer(plan: Plan, count: int, span: tuple[int, int]) -> Plan:
    """So many fewer: of those who are there throughout, the last by name."""
    shifts: list[Shift] = list(plan.shifts)
    for day in _days(plan):
        begin_ms, end_ms = _on(day, span)
        whole = sorted({one.agent_id for one in shifts if one.start_ms <= begin_ms and one.end_ms >= end_ms})
        if len(whole) < count and any(one.start_ms < end_ms and one.end_ms > begin_ms for one in shifts):
            raise ScenarioError(
                f"--what-if: only {len(whole)} agents are there throughout, {count} cannot be taken away."
            )
        gone = set(whole[len(whole) - count :])
        shifts = [
            part for one in shifts for part in (_without(one, begin_ms, end_ms) if one.agent_id in gone else [one])
        ]
    return replace(plan, shifts=tuple(shifts))


def fewest_skills_first(plan: Plan) -> Plan:
    """Positions by the number of skills, so that those who can do everything are kept for who needs them."""
    agents = [
        replace(agent, tiers={queue_id: Tier(position=1 + len(agent.skills)) for queue_id in agent.queues})
        for agent in plan.agents
    ]
    return replace(plan, agents=tuple(agents))


def _without(shift: Shift, begin_ms: int, end_ms: int) -> list[Shift]:
    parts = (
        Shift(shift.agent_id, shift.start_ms, min(shift.end_ms, begin_ms)),
        Shift(shift.agent_id, max(shift.start_ms, end_ms), shift.end_ms),
    )
    return [part for part in parts if part.start_ms < part.end_ms]


def _days(plan: Plan) -> Sequence[int]:
    """Days, counted from the first, on which anybody works."""
    return sorted({shift.start_ms // (DAY_S * 1_000) for shift in plan.shifts})


def _on(day: int, span: tuple[int, int]) -> tuple[int, int]:
    begin_s, end_s = (day * DAY_S + at_s for at_s in span)
    return begin_s * 1_000, end_s * 1_000


def _settings(text: str, **fields: object) -> Change:
    def change(plan: Plan) -> Plan:
        queues: list[QueueSettings] = [replace(queue, **fields) for queue in plan.queues]
        fault = next((fault for queue in queues if (fault := queue.fault()) is not None), None)
        if fault is not None:
            raise ScenarioError(f"--what-if: {text!r} sets {fault} out of its range.")
        return replace(plan, queues=tuple(queues))

    return change


def _strategy(name: str) -> Strategy:
    if name not in {strategy.value for strategy in Strategy}:
        raise ScenarioError(f"--what-if: there is no strategy {name!r}; there are {', '.join(Strategy)}.")
    return Strategy(name)


def _number(text: str, value: str) -> float:
    try:
        return float(value)
    except ValueError:
        raise ScenarioError(f"--what-if: {text!r} needs a number of seconds.") from None
