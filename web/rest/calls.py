"""Live calls: put one in line, see them, end one, move one up."""

from hashlib import sha256

from engine.commands import EnqueueCall, HangUpCall, PrioritiseCall
from engine.principals import Role
from web.errors import DoorError
from web.resources import Calls, CallStatus, Done, NewCall, NoQuery, Page, PriorityBody, QueuedCall
from web.rest.operation import Ask, Operation, Reply
from web.roles import Action
from web.views import call_status, needs_of


async def enqueue(ask: Ask[NewCall, NoQuery]) -> Reply:
    """The subject is durable in the vault before the call exists; the same key makes the same call."""
    said, tenant_id = ask.body, ask.user.tenant_id
    subject_id = None
    if said.caller is not None:
        subject_id = await ask.gateway.vault.resolve(tenant_id, said.caller.number, said.caller.name)
    call = EnqueueCall(
        call_id=said.call_id or _call_id_for(ask.command_id),
        queue_id=said.queue_id,
        subject_id=subject_id,
        priority=said.priority,
        needs=needs_of(said.needs),
    )
    outcome = await ask.execute(call, ask.user.principal)
    return Reply(QueuedCall(call.call_id, outcome.position, outcome.ewt_s))


async def list_calls(ask: Ask[None, Page]) -> Reply:
    tenant_id = ask.user.tenant_id
    page = await ask.gateway.house.read(tenant_id, "calls", after=ask.query.after, limit=ask.query.limit)
    subjects = [call.subject_id for call in page.calls if call.subject_id is not None]
    people = await ask.gateway.vault.names(tenant_id, subjects)
    calls = tuple(call_status(call, people) for call in page.calls)
    return Reply(Calls(calls, calls[-1].call_id if page.more else None))


async def show_call(ask: Ask[None, NoQuery]) -> Reply:
    """Agents see the calls that ring at them or that they are talking on; others don't exist for them."""
    user = ask.user
    page = await ask.gateway.house.read(user.tenant_id, "call", after=ask.path["call_id"])
    call = page.calls[0] if page.calls else None
    if call is None or (user.role is Role.AGENT and call.agent_id not in user.agent_ids):
        raise DoorError("unknown_call")
    people = await ask.gateway.vault.names(user.tenant_id, [call.subject_id] if call.subject_id is not None else [])
    return Reply(call_status(call, people))


async def hang_up(ask: Ask[None, NoQuery]) -> Reply:
    await ask.execute(HangUpCall(ask.path["call_id"]), ask.user.principal)
    return Reply(Done(ask.command_id))


async def prioritise(ask: Ask[PriorityBody, NoQuery]) -> Reply:
    await ask.execute(PrioritiseCall(ask.path["call_id"], ask.body.priority), ask.user.principal)
    return Reply(Done(ask.command_id))


def _call_id_for(command_id: str) -> str:
    return f"call-{sha256(command_id.encode()).hexdigest()[:24]}"


OPERATIONS = (
    Operation(
        operation_id="enqueue_call",
        method="POST",
        path="/calls",
        summary="Put a caller in line; the answer says at which place.",
        tag="Calls",
        action=Action.ENQUEUE_CALL,
        handler=enqueue,
        body=NewCall,
        reply=QueuedCall,
        status=202,
        errors=("unknown_queue", "call_exists", "call_ended", "queue_full", "invalid_number"),
        is_command=True,
    ),
    Operation(
        operation_id="list_calls",
        method="GET",
        path="/calls",
        summary="Live calls, by id.",
        tag="Calls",
        action=Action.READ_CALLS,
        handler=list_calls,
        query=Page,
        reply=Calls,
        errors=("outcome_unknown", "overloaded"),
    ),
    Operation(
        operation_id="get_call",
        method="GET",
        path="/calls/{call_id}",
        summary="One live call.",
        tag="Calls",
        action=Action.READ_CALL,
        handler=show_call,
        reply=CallStatus,
        errors=("unknown_call", "outcome_unknown", "overloaded"),
    ),
    Operation(
        operation_id="hang_up_call",
        method="POST",
        path="/calls/{call_id}/hang-up",
        summary="End a call, whatever it is doing; agents only their own.",
        tag="Calls",
        action=Action.HANG_UP_CALL,
        handler=hang_up,
        reply=Done,
        errors=("unknown_call", "not_your_call"),
        is_command=True,
    ),
    Operation(
        operation_id="put_priority",
        method="PUT",
        path="/calls/{call_id}/priority",
        summary="Give a waiting call another priority; its arrival time stays.",
        tag="Calls",
        action=Action.PRIORITISE_CALL,
        handler=prioritise,
        body=PriorityBody,
        reply=Done,
        errors=("unknown_call", "call_ended", "illegal_transition"),
        is_command=True,
    ),
)
