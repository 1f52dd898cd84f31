"""Calls and agents for the dispatcher, made directly."""

from typing import Any

from msgspec.structs import replace

from engine.agent import Agent, Engagement, EngagementState, Presence
from engine.call import Call, CallState, Leg, LegKind
from engine.events import OfferTerms
from engine.offer import Offer, OfferGroup
from engine.settings import AgentSettings, Tier
from engine.skills import SkillNeed

TERMS = OfferTerms(30.0, disposition_required=False, rona_away_after=2, rest_after_decline_s=5.0)


def call_of(
    call_id: str,
    arrived_at_ms: int = 0,
    *,
    queue_id: str = "desk",
    priority: int = 0,
    credit_ms: int | None = None,
    needs: tuple[SkillNeed, ...] = (),
) -> Call:
    """A waiting call."""
    return Call(
        call_id=call_id,
        queue_id=queue_id,
        subject_id=None,
        channel="voice",
        priority=priority,
        needs=needs,
        arrived_at_ms=arrived_at_ms,
        state=CallState.WAITING,
        version=1,
        legs=(Leg(LegKind.CALLER, call_id, arrived_at_ms),),
        credit_ms=credit_ms,
    )


def offered_to(call: Call, agent_id: str) -> Call:
    """The same call, ringing at an agent."""
    offer = Offer(f"{call.call_id}#{call.attempts + 1}", agent_id, 99_000, call.version + 1, TERMS)
    return replace(
        call,
        state=CallState.OFFERED,
        version=call.version + 1,
        attempts=call.attempts + 1,
        group=OfferGroup((offer,)),
    )


def back_in_line(call: Call) -> Call:
    return replace(call, state=CallState.WAITING, version=call.version + 1, group=None)


def connected(call: Call) -> Call:
    assert call.group is not None
    return replace(call, state=CallState.TALKING, version=call.version + 1, group=None, winner=call.group.offers[0])


def agent_of(
    agent_id: str,
    idle_since_ms: int = 0,
    *,
    queues: tuple[str, ...] = ("desk",),
    skills: dict[str, int] | None = None,
    capacity: int = 1,
    tiers: dict[str, Tier] | None = None,
    **more: Any,
) -> Agent:
    """An available agent."""
    return Agent(
        settings=AgentSettings(agent_id, queues, skills or {}, capacity, tiers or {}),
        version=1,
        base=Presence.AVAILABLE,
        idle_since_ms=idle_since_ms,
        **more,
    )


def holding(agent: Agent, call: Call) -> Agent:
    """The same agent, with this call ringing."""
    ring = Engagement(
        offer_id=f"{call.call_id}#{call.attempts}",
        call_id=call.call_id,
        queue_id=call.queue_id,
        subject_id=None,
        priority=call.priority,
        arrived_at_ms=call.arrived_at_ms,
        state=EngagementState.RINGING,
        since_ms=0,
        until_ms=None,
        deadline_ms=99_000,
        quoted=call.version,
        terms=TERMS,
    )
    return replace(agent, engagements=(*agent.engagements, ring))


def freed(agent: Agent, call_id: str, idle_since_ms: int) -> Agent:
    """The same agent, without that call."""
    kept = tuple(held for held in agent.engagements if held.call_id != call_id)
    return replace(agent, engagements=kept, idle_since_ms=idle_since_ms)
