"""Agents: what administrators set, and what they are doing now."""

from engine.commands import ConfigureAgent, SetPresence
from engine.principals import Role
from engine.settings import AgentSettings, Tier
from web.errors import DoorError
from web.resources import (
    Agents,
    AgentSettingsBody,
    AgentSettingsView,
    Done,
    NoQuery,
    Page,
    PresenceBody,
)
from web.rest.operation import Ask, Operation, Reply
from web.roles import Action
from web.views import agent_status


async def list_agents(ask: Ask[None, Page]) -> Reply:
    page = await ask.gateway.house.read(ask.user.tenant_id, "agents", after=ask.query.after, limit=ask.query.limit)
    agents = tuple(map(agent_status, page.agents))
    return Reply(Agents(agents, agents[-1].agent_id if page.more else None))


async def put_agent(ask: Ask[AgentSettingsBody, NoQuery]) -> Reply:
    said = ask.body
    tiers = {queue_id: Tier(tier.level, tier.position) for queue_id, tier in said.tiers.items()}
    settings = AgentSettings(ask.path["agent_id"], said.queues, said.skills, said.capacity, tiers)
    await ask.execute(ConfigureAgent(settings), ask.user.principal)
    return Reply(AgentSettingsView(settings.agent_id, said.queues, said.skills, said.capacity, said.tiers))


async def put_presence(ask: Ask[PresenceBody, NoQuery]) -> Reply:
    agent_id = ask.path["agent_id"]
    if ask.user.role is Role.AGENT and agent_id not in ask.user.agent_ids:
        raise DoorError("forbidden")
    await ask.execute(SetPresence(agent_id, ask.body.presence, ask.body.reason), ask.user.principal)
    return Reply(Done(ask.command_id))


OPERATIONS = (
    Operation(
        operation_id="list_agents",
        method="GET",
        path="/agents",
        summary="Agents with their settings and what they are doing now, by id.",
        tag="Agents",
        action=Action.READ_AGENTS,
        handler=list_agents,
        query=Page,
        reply=Agents,
        errors=("outcome_unknown",),
    ),
    Operation(
        operation_id="put_agent",
        method="PUT",
        path="/agents/{agent_id}",
        summary="Create an agent or replace their settings; no call is disturbed.",
        tag="Agents",
        action=Action.CONFIGURE_AGENT,
        handler=put_agent,
        body=AgentSettingsBody,
        reply=AgentSettingsView,
        errors=("invalid_settings",),
        is_command=True,
    ),
    Operation(
        operation_id="put_presence",
        method="PUT",
        path="/agents/{agent_id}/presence",
        summary="Choose an agent's presence; agents choose only their own.",
        tag="Agents",
        action=Action.SET_PRESENCE,
        handler=put_presence,
        body=PresenceBody,
        reply=Done,
        errors=("unknown_agent", "not_your_call"),
        is_command=True,
    ),
)
