"""What must hold in a house whenever everybody has been answered: the invariants of routing, looked at from outside.

Checked over the states of both owners and the router's index by plain scans, which share no code with what decided.
Times and deadlines are the owners' own business and checked by their tests; here it is about who stands where.
"""

from collections.abc import Iterator

from engine.agent import Agent, EngagementState
from engine.call import Call, CallState
from engine.line import place
from engine.simulation.house import House
from engine.skills import satisfied


def violations(house: House) -> Iterator[str]:
    """One sentence for each invariant that does not hold now."""
    calls, agents = house.board.calls, house.roster.agents
    for agent in agents.values():
        yield from _one_agent(agent, calls)
    for call in calls.values():
        yield from _one_call(call, agents)
    yield from _nobody_waits_for_nothing(house)
    yield from _line_and_index(house)


def _one_agent(agent: Agent, calls: dict[str, Call]) -> Iterator[str]:
    working = [held for held in agent.engagements if held.state is not EngagementState.WRAP_UP]
    if len(working) > agent.settings.capacity:
        yield f"{agent.agent_id} holds {len(working)} offers and calls, with a capacity of {agent.settings.capacity}."
    for held in working:
        call = calls.get(held.call_id)
        if call is None:
            yield f"{agent.agent_id} holds {held.offer_id} of a call that is over."
        elif held.state is EngagementState.LIVE and (call.winner is None or call.winner.offer_id != held.offer_id):
            yield f"{agent.agent_id} talks in {held.offer_id}, which did not win its call."


def _one_call(call: Call, agents: dict[str, Agent]) -> Iterator[str]:
    if (call.group is not None) + (call.winner is not None) > 1:
        yield f"{call.call_id} rings although somebody talks."
    if (call.state is CallState.WAITING) is not (call.group is None and call.winner is None):
        yield f"{call.call_id} is {call.state} and does not look like it."
    offers = [*(call.group.offers if call.group is not None else ()), *([call.winner] if call.winner else ())]
    for offer in offers:
        agent = agents[offer.agent_id]
        if agent.find(offer.offer_id) is None:
            yield f"{call.call_id} is held for {agent.agent_id}, who does not know of it."
        if not may_take(agent, call):
            yield f"{call.call_id} is at {agent.agent_id}, who may not take it."


def _nobody_waits_for_nothing(house: House) -> Iterator[str]:
    free = [agent for agent in house.roster.agents.values() if agent.free]
    waiting = [call for call in house.board.calls.values() if call.state is CallState.WAITING]
    denied = house.dispatcher.next_deadline_ms() is not None
    for call in waiting if not denied else ():
        for agent in free:
            if may_take(agent, call):
                yield f"{call.call_id} waits although {agent.agent_id} is free for it."


def _line_and_index(house: House) -> Iterator[str]:
    waiting = [call for call in house.board.calls.values() if call.state is CallState.WAITING]
    for queue_id, line in house.board.lines.items():
        expected = [call.call_id for call in sorted(waiting, key=place) if call.queue_id == queue_id]
        if line.call_ids() != expected:
            yield f"The line of {queue_id} is {line.call_ids()} and should be {expected}."
    indexed = sorted(call_id for lane in house.dispatcher.waiting().values() for call_id in lane)
    if indexed != sorted(call.call_id for call in waiting):
        yield f"The router knows {indexed} as waiting, the owner other calls."


def may_take(agent: Agent, call: Call) -> bool:
    """Whether this agent serves the call's queue and has what it needs."""
    return call.queue_id in agent.settings.queues and satisfied(call.needs, agent.settings.skills)
