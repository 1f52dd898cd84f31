"""One agent: what they chose (base presence) and what they are engaged in.

What people see, `presence`, is derived from both, so that a choice made during a call simply shows afterwards, and the
end of an offer can never turn an agent who has chosen to leave back to available:

    on_call  if any engagement is live          wrap_up  else if any is in wrap-up
    offered  else if any rings or was accepted  else the base presence: available, away(reason), offline

An engagement is the agent's side of an offer. Its table:

    ringing --accepted--> accepting --connected--> live --ended--> wrap_up --completed--> (gone)
       +------ offer ended ----+------> (gone)
"""

from enum import StrEnum

import msgspec
from msgspec.structs import replace

from engine import events as e
from engine.settings import AgentSettings
from engine.transitions import Table


class Presence(StrEnum):
    """What an agent is doing, as everyone sees it. The first three may be chosen."""

    OFFLINE = "offline"
    AVAILABLE = "available"
    AWAY = "away"
    OFFERED = "offered"
    ON_CALL = "on_call"
    WRAP_UP = "wrap_up"


class EngagementState(StrEnum):
    """Where the agent's side of an offer stands."""

    NEW = "new"
    RINGING = "ringing"
    ACCEPTING = "accepting"
    LIVE = "live"
    WRAP_UP = "wrap_up"
    GONE = "gone"


ENGAGEMENT_TRANSITIONS: Table[EngagementState] = {
    (EngagementState.NEW, e.OfferMade): EngagementState.RINGING,
    (EngagementState.RINGING, e.OfferAccepted): EngagementState.ACCEPTING,
    (EngagementState.RINGING, e.OfferEnded): EngagementState.GONE,
    (EngagementState.ACCEPTING, e.OfferEnded): EngagementState.GONE,
    (EngagementState.ACCEPTING, e.AssignmentStarted): EngagementState.LIVE,
    (EngagementState.LIVE, e.WrapUpStarted): EngagementState.WRAP_UP,
    (EngagementState.WRAP_UP, e.WrapUpCompleted): EngagementState.GONE,
}


class Engagement(msgspec.Struct, frozen=True):
    """One offer, from its ring to the end of wrap-up.

    `until_ms`: the ring's or the wrap-up's deadline, if any. `deadline_ms`: until when the offer could be made, which
    is how long its id must be remembered at least.
    """

    offer_id: str
    call_id: str
    queue_id: str
    subject_id: str | None
    priority: int
    arrived_at_ms: int
    state: EngagementState
    since_ms: int
    until_ms: int | None
    deadline_ms: int
    quoted: int
    terms: e.OfferTerms
    answered_at_ms: int | None = None


class Agent(msgspec.Struct, frozen=True):
    """An agent as their owner knows them. `version`: stream position of the last event about them.

    `answered` and `talk_ms` (holds included) count since the agent last signed on, that is, was last offline.
    """

    settings: AgentSettings
    version: int
    base: Presence = Presence.OFFLINE
    reason: str = ""
    base_since_ms: int = 0
    engagements: tuple[Engagement, ...] = ()
    idle_since_ms: int = 0
    resting_until_ms: int | None = None
    missed_in_a_row: int = 0
    last_offered_at_ms: int = 0
    last_offered_queue_id: str = ""
    answered: int = 0
    talk_ms: int = 0
    conversation_ended_at_ms: int = 0

    @property
    def agent_id(self) -> str:
        return self.settings.agent_id

    @property
    def presence(self) -> Presence:
        """What everyone sees."""
        states = {engagement.state for engagement in self.engagements}
        if EngagementState.LIVE in states:
            return Presence.ON_CALL
        if EngagementState.WRAP_UP in states:
            return Presence.WRAP_UP
        return Presence.OFFERED if states else self.base

    @property
    def since_ms(self) -> int:
        """Since when `presence` has been what it is."""
        return self.engagements[-1].since_ms if self.engagements else max(self.base_since_ms, self.idle_since_ms)

    @property
    def free(self) -> bool:
        """Whether an offer may be made now."""
        return (
            self.base is Presence.AVAILABLE
            and self.resting_until_ms is None
            and len(self.engagements) < self.settings.capacity
            and all(engagement.state is not EngagementState.WRAP_UP for engagement in self.engagements)
        )

    def find(self, offer_id: str) -> Engagement | None:
        return next((held for held in self.engagements if held.offer_id == offer_id), None)


def configured(agent: Agent | None, settings: AgentSettings, at_ms: int, position: int) -> Agent:
    """A new agent, offline, or the same one with other settings."""
    if agent is None:
        return Agent(settings, position, base_since_ms=at_ms, idle_since_ms=at_ms)
    return replace(agent, settings=settings, version=position)


def evolve(agent: Agent, event: e.PresentAgentEvent, at_ms: int, position: int) -> Agent:
    """The agent after one more event."""
    agent = replace(agent, version=position)
    match event:
        case e.PresenceChosen(presence=presence, reason=reason):
            base = Presence(presence)
            again = agent.base is Presence.AVAILABLE
            idle = at_ms if base is Presence.AVAILABLE and not again else agent.idle_since_ms
            if agent.base is Presence.OFFLINE:
                agent = replace(agent, answered=0, talk_ms=0)
            return replace(agent, base=base, reason=reason, base_since_ms=at_ms, idle_since_ms=idle, missed_in_a_row=0)
        case e.OfferMade():
            return replace(
                agent,
                engagements=(*agent.engagements, _ringing(event, at_ms)),
                last_offered_at_ms=at_ms,
                last_offered_queue_id=event.queue_id,
            )
        case e.OfferAccepted(offer_id=offer_id):
            return _move(agent, offer_id, EngagementState.ACCEPTING, at_ms, None)
        case e.AssignmentStarted(offer_id=offer_id):
            live = _move(agent, offer_id, EngagementState.LIVE, at_ms, None)
            return replace(live, missed_in_a_row=0, answered=agent.answered + 1)
        case e.WrapUpStarted(offer_id=offer_id, until_ms=until_ms):
            held = agent.find(offer_id)
            talked_ms = at_ms - held.answered_at_ms if held is not None and held.answered_at_ms is not None else 0
            done = _move(agent, offer_id, EngagementState.WRAP_UP, at_ms, until_ms)
            return replace(done, talk_ms=agent.talk_ms + talked_ms, conversation_ended_at_ms=at_ms)
        case e.WrapUpCompleted(offer_id=offer_id):
            return replace(_without(agent, offer_id), idle_since_ms=at_ms)
        case e.OfferEnded():
            return _offer_ended(agent, event, at_ms)
        case e.AgentRested():
            return replace(agent, resting_until_ms=None)
        case e.OfferTombstoned() | e.ReportAcknowledged():
            return agent


def _offer_ended(agent: Agent, event: e.OfferEnded, at_ms: int) -> Agent:
    """An agent whose ring was withdrawn keeps their place among the idle; one who missed it goes to the end."""
    agent = _without(agent, event.offer_id)
    match event.reason:
        case e.OfferEnd.RANG_OUT | e.OfferEnd.DISCONNECTED:
            missed, idle = agent.missed_in_a_row + 1, at_ms
        case e.OfferEnd.DECLINED:
            missed, idle = 0, at_ms
        case _:
            missed, idle = agent.missed_in_a_row, agent.idle_since_ms
    resting = event.resting_until_ms or agent.resting_until_ms
    return replace(agent, missed_in_a_row=missed, idle_since_ms=idle, resting_until_ms=resting)


def _ringing(event: e.OfferMade, at_ms: int) -> Engagement:
    return Engagement(
        offer_id=event.offer_id,
        call_id=event.call_id,
        queue_id=event.queue_id,
        subject_id=event.subject_id,
        priority=event.priority,
        arrived_at_ms=event.arrived_at_ms,
        state=EngagementState.RINGING,
        since_ms=at_ms,
        until_ms=event.deadline_ms,
        deadline_ms=event.deadline_ms,
        quoted=event.quoted,
        terms=event.terms,
    )


def _move(agent: Agent, offer_id: str, state: EngagementState, at_ms: int, until_ms: int | None) -> Agent:
    def moved(held: Engagement) -> Engagement:
        if held.offer_id != offer_id:
            return held
        answered = at_ms if state is EngagementState.LIVE else held.answered_at_ms
        return replace(held, state=state, since_ms=at_ms, until_ms=until_ms, answered_at_ms=answered)

    return replace(agent, engagements=tuple(map(moved, agent.engagements)))


def _without(agent: Agent, offer_id: str) -> Agent:
    return replace(agent, engagements=tuple(held for held in agent.engagements if held.offer_id != offer_id))
