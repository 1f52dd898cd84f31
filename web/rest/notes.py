"""The note of a call: for the agent whose call it is or was, and for supervisors."""

from typing import Any

from engine.agent import EngagementState
from engine.principals import Role
from web.errors import DoorError
from web.notes import Note
from web.resources import NoQuery, NoteBody, NoteView
from web.rest.operation import Ask, Operation, Reply
from web.roles import Action

TALKED = frozenset({EngagementState.LIVE, EngagementState.WRAP_UP})


async def show(ask: Ask[None, NoQuery]) -> Reply:
    await _caller(ask)
    call_id = ask.path["call_id"]
    return _reply(call_id, await ask.gateway.notes.read(ask.user.tenant_id, call_id))


async def put(ask: Ask[NoteBody, NoQuery]) -> Reply:
    subject_id, user, call_id = await _caller(ask), ask.user, ask.path["call_id"]
    if subject_id is None:
        raise DoorError("no_caller")
    note = await ask.gateway.notes.write(
        user.tenant_id, call_id, subject_id, ask.body.text, version=ask.body.version, by=user.user_id
    )
    return _reply(call_id, note)


async def _caller(ask: Ask[Any, NoQuery]) -> str | None:
    """The subject of a call that this user may know of. Raises `DoorError`: other calls don't exist for them."""
    user, call_id = ask.user, ask.path["call_id"]
    if user.role is Role.AGENT:
        for agent_id in user.agent_ids:
            page = await ask.gateway.house.read(user.tenant_id, "agent", after=agent_id)
            for held in (held for agent in page.agents for held in agent.engagements):
                if held.call_id == call_id and held.state in TALKED:
                    return held.subject_id
    else:
        live = await ask.gateway.house.read(user.tenant_id, "call", after=call_id)
        if live.calls:
            return live.calls[0].subject_id
    record = await ask.gateway.projections.find_call(user.tenant_id, call_id)
    if record is None or (user.role is Role.AGENT and record.agent_id not in user.agent_ids):
        raise DoorError("unknown_call")
    return record.subject_id


def _reply(call_id: str, note: Note | None) -> Reply:
    if note is None:
        return Reply(NoteView(call_id, "", 0, None, None))
    return Reply(NoteView(call_id, note.text, note.version, note.written_by, note.written_at_ms))


OPERATIONS = (
    Operation(
        operation_id="get_note",
        method="GET",
        path="/calls/{call_id}/note",
        summary="What was noted of a call; agents only of their own.",
        tag="Calls",
        action=Action.READ_NOTE,
        handler=show,
        reply=NoteView,
        errors=("unknown_call", "outcome_unknown", "overloaded"),
    ),
    Operation(
        operation_id="put_note",
        method="PUT",
        path="/calls/{call_id}/note",
        summary="Note something of a call in place of what was noted; agents only of their own.",
        tag="Calls",
        action=Action.WRITE_NOTE,
        handler=put,
        body=NoteBody,
        reply=NoteView,
        errors=("unknown_call", "no_caller", "note_changed", "outcome_unknown", "overloaded"),
    ),
)
