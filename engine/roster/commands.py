"""What people may do to agents: configure them, choose presence, answer a ring, finish wrap-up.

An agent may act only for themselves; supervisors and administrators may act for any agent of their tenant. Going away
while it rings declines the ring; going away during a call takes effect after it.
"""

from engine import events as e
from engine.agent import ENGAGEMENT_TRANSITIONS, Agent, Engagement, EngagementState, Presence
from engine.commands import (
    AcceptOffer,
    Command,
    CompleteWrapUp,
    ConfigureAgent,
    DeclineOffer,
    Outcome,
    SetPresence,
)
from engine.decision import Decision
from engine.gates import pass_gates, refuse
from engine.principals import Role
from engine.refusals import Refusal
from engine.roster.book import Roster, offer_ended, wrap_up_completed
from engine.transitions import successor


def decide_command(roster: Roster, command: Command, now_ms: int) -> Decision:
    """The events of a command, or its refusal."""
    earlier = pass_gates(roster.outcomes, command, now_ms)
    if earlier is not None:
        return Decision((), earlier)
    body = command.body
    if isinstance(body, ConfigureAgent):
        field = body.settings.fault()
        if field is not None:
            return refuse(command, Refusal.INVALID_SETTINGS, field)
        return _done(command, e.AgentConfigured(body.settings))
    if not isinstance(body, SetPresence | AcceptOffer | DeclineOffer | CompleteWrapUp):
        return refuse(command, Refusal.ILLEGAL_TRANSITION)
    agent = roster.agents.get(body.agent_id)
    if agent is None:
        return refuse(command, Refusal.UNKNOWN_AGENT)
    if command.principal.role is Role.AGENT and command.principal.identity != agent.agent_id:
        return refuse(command, Refusal.NOT_YOUR_CALL)
    match body:
        case SetPresence():
            return _choose(command, agent, body, now_ms)
        case AcceptOffer(offer_id=offer_id):
            return _accept(roster, command, agent, offer_id, now_ms)
        case DeclineOffer(offer_id=offer_id):
            return _decline(roster, command, agent, offer_id, now_ms)
        case CompleteWrapUp():
            return _complete(command, agent, body)


def _choose(command: Command, agent: Agent, body: SetPresence, now_ms: int) -> Decision:
    leaving = Presence(body.presence) is not Presence.AVAILABLE
    declined = [
        offer_ended(agent, held, e.OfferEnd.DECLINED, now_ms)
        for held in agent.engagements
        if leaving and held.state is EngagementState.RINGING
    ]
    return _done(command, e.PresenceChosen(agent.agent_id, body.presence, body.reason), *declined)


def _accept(roster: Roster, command: Command, agent: Agent, offer_id: str, now_ms: int) -> Decision:
    held = agent.find(offer_id)
    if held is None:
        return refuse(command, _missing(roster, offer_id))
    if successor(ENGAGEMENT_TRANSITIONS, held.state, e.OfferAccepted) is None:
        return refuse(command, Refusal.ILLEGAL_TRANSITION)
    if held.until_ms is not None and held.until_ms <= now_ms:
        return refuse(command, Refusal.OFFER_ENDED)
    return _done(command, e.OfferAccepted(agent.agent_id, offer_id))


def _decline(roster: Roster, command: Command, agent: Agent, offer_id: str, now_ms: int) -> Decision:
    held = agent.find(offer_id)
    if held is None:
        return refuse(command, _missing(roster, offer_id))
    if held.state is not EngagementState.RINGING:
        return refuse(command, Refusal.ILLEGAL_TRANSITION)
    return _done(command, offer_ended(agent, held, e.OfferEnd.DECLINED, now_ms))


def _complete(command: Command, agent: Agent, body: CompleteWrapUp) -> Decision:
    held = _in_wrap_up(agent, body.call_id)
    if held is None:
        return refuse(command, Refusal.ILLEGAL_TRANSITION)
    if held.terms.disposition_required and body.disposition is None:
        return refuse(command, Refusal.DISPOSITION_REQUIRED)
    return _done(command, wrap_up_completed(agent, held, body.disposition))


def _in_wrap_up(agent: Agent, call_id: str) -> Engagement | None:
    for held in agent.engagements:
        if held.call_id == call_id and held.state is EngagementState.WRAP_UP:
            return held
    return None


def _missing(roster: Roster, offer_id: str) -> Refusal:
    return Refusal.OFFER_ENDED if offer_id in roster.over else Refusal.UNKNOWN_OFFER


def _done(command: Command, *events: e.AgentEvent) -> Decision:
    return Decision(events, Outcome(command.command_id), command.principal)
