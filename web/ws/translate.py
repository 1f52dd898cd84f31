"""From command frames to the engine's commands: what each asks for, who may ask, and in whose name."""

import msgspec

from engine import commands as c
from engine.principals import Principal, Role
from web import protocol as p
from web.roles import Action, User, acting_agent, check
from web.views import needs_of

ACTIONS: dict[type[p.CommandFrame], Action] = {
    p.SetPresence: Action.SET_PRESENCE,
    p.AcceptOffer: Action.ANSWER_OFFER,
    p.DeclineOffer: Action.ANSWER_OFFER,
    p.CompleteWrapUp: Action.WRAP_UP,
    p.HoldCall: Action.HOLD_CALL,
    p.ResumeCall: Action.HOLD_CALL,
    p.HangUpCall: Action.HANG_UP_CALL,
    p.EnqueueCall: Action.ENQUEUE_CALL,
    p.PrioritiseCall: Action.PRIORITISE_CALL,
}


class Translated(msgspec.Struct, frozen=True):
    """A command's body and who gives it. `caller`: whose subject id is still to be found."""

    body: c.QueueCommand | c.AgentCommand
    principal: Principal
    caller: p.Caller | None = None


def translate(user: User, frame: p.AnyCommandFrame) -> Translated:
    """Raises `DoorError` if the user may not do this, or not for that agent."""
    check(user, ACTIONS[type(frame)])
    match frame:
        case p.SetPresence():
            agent_id, principal = _for_agent(user, frame.agent_id)
            return Translated(c.SetPresence(agent_id, frame.presence, frame.reason), principal)
        case p.AcceptOffer():
            agent_id, principal = _as_agent(user, frame.agent_id)
            return Translated(c.AcceptOffer(agent_id, frame.offer_id), principal)
        case p.DeclineOffer():
            agent_id, principal = _as_agent(user, frame.agent_id)
            return Translated(c.DeclineOffer(agent_id, frame.offer_id), principal)
        case p.CompleteWrapUp():
            agent_id, principal = _as_agent(user, frame.agent_id)
            return Translated(c.CompleteWrapUp(agent_id, frame.call_id, frame.disposition), principal)
        case p.HoldCall():
            return Translated(c.HoldCall(frame.call_id), _as_agent(user, frame.agent_id)[1])
        case p.ResumeCall():
            return Translated(c.ResumeCall(frame.call_id), _as_agent(user, frame.agent_id)[1])
        case p.HangUpCall():
            is_agent = user.role is Role.AGENT or frame.agent_id is not None
            principal = _as_agent(user, frame.agent_id)[1] if is_agent else user.principal
            return Translated(c.HangUpCall(frame.call_id), principal)
        case p.EnqueueCall():
            body = c.EnqueueCall(
                call_id=frame.call_id,
                queue_id=frame.queue_id,
                priority=frame.priority,
                needs=needs_of(frame.needs),
                leased=frame.leased,
            )
            return Translated(body, user.principal, frame.caller)
        case p.PrioritiseCall():
            return Translated(c.PrioritiseCall(frame.call_id, frame.priority), user.principal)


def _as_agent(user: User, agent_id: str | None) -> tuple[str, Principal]:
    """Only a softphone does this."""
    acting = acting_agent(user, agent_id)
    return acting, Principal(Role.AGENT, acting)


def _for_agent(user: User, agent_id: str | None) -> tuple[str, Principal]:
    """A softphone does this for itself, a supervisor for anybody who is named."""
    if agent_id is not None and user.role in {Role.SUPERVISOR, Role.ADMINISTRATOR}:
        return agent_id, user.principal
    return _as_agent(user, agent_id)
