"""What people and integrations may do to queues and calls.

Every command passes the same gates first: it must not have expired, and one that was decided before gets the outcome
it got then. Refusals become events, so that a repeated command is refused again even after a restart.
"""

from engine import events as e
from engine.call import CALL_TRANSITIONS, Call
from engine.commands import (
    REMEMBERED_MS,
    Command,
    ConfigureQueue,
    EnqueueCall,
    HangUpCall,
    HoldCall,
    Outcome,
    PrioritiseCall,
    ResumeCall,
)
from engine.decision import Decision
from engine.gates import pass_gates, refuse
from engine.principals import Role
from engine.refusals import Refusal
from engine.switchboard.board import Switchboard, ended
from engine.transitions import successor


def decide_command(board: Switchboard, command: Command, now_ms: int) -> Decision:
    """The events of a command, or its refusal."""
    earlier = pass_gates(board.outcomes, command, now_ms)
    if earlier is not None:
        return _with_position(board, command, earlier)
    match command.body:
        case ConfigureQueue(settings=settings):
            field = settings.fault()
            if field is not None:
                return refuse(command, Refusal.INVALID_SETTINGS, field)
            return _done(command, e.QueueConfigured(settings))
        case EnqueueCall() as body:
            return _enqueue(board, command, body, now_ms)
        case HangUpCall(call_id=call_id):
            return _hang_up(board, command, call_id, now_ms)
        case HoldCall(call_id=call_id):
            return _in_conversation(board, command, e.CallHeld(call_id))
        case ResumeCall(call_id=call_id):
            return _in_conversation(board, command, e.CallResumed(call_id))
        case PrioritiseCall(call_id=call_id, priority=priority):
            return _prioritise(board, command, call_id, priority)
        case _:
            return refuse(command, Refusal.ILLEGAL_TRANSITION)


def _enqueue(board: Switchboard, command: Command, body: EnqueueCall, now_ms: int) -> Decision:
    settings = board.queues.get(body.queue_id)
    if settings is None:
        return refuse(command, Refusal.UNKNOWN_QUEUE)
    if body.call_id in board.calls:
        return refuse(command, Refusal.CALL_EXISTS)
    if body.call_id in board.ended:
        return refuse(command, Refusal.CALL_ENDED)
    line = board.lines[body.queue_id]
    if len(line) >= settings.length_max:
        return refuse(command, Refusal.QUEUE_FULL)
    event = e.CallQueued(
        call_id=body.call_id,
        queue_id=body.queue_id,
        subject_id=body.subject_id,
        channel=body.channel,
        priority=settings.priority if body.priority is None else body.priority,
        needs=settings.needs + body.needs,
        leased=body.leased,
        credit_ms=settings.credit_ms,
    )
    position = line.position_of(event.priority, event.credit_ms, now_ms)
    outcome = Outcome(command.command_id, position=position, ewt_s=line.ewt_s(position))
    return Decision((event,), outcome, command.principal)


def _hang_up(board: Switchboard, command: Command, call_id: str, now_ms: int) -> Decision:
    call = board.calls.get(call_id)
    if call is not None:
        if command.principal.role is Role.AGENT and not _talks(command, call):
            return refuse(command, Refusal.NOT_YOUR_CALL)
        return _done(command, ended(call, now_ms))
    if call_id in board.ended:
        return Decision((), Outcome(command.command_id))
    if command.principal.role is Role.AGENT:
        return refuse(command, Refusal.UNKNOWN_CALL)
    return _done(command, e.CallTombstoned(call_id, now_ms + REMEMBERED_MS))


def _in_conversation(board: Switchboard, command: Command, event: e.CallHeld | e.CallResumed) -> Decision:
    call = board.calls.get(event.call_id)
    if call is None:
        return refuse(command, _gone(board, event.call_id))
    if not _talks(command, call):
        return refuse(command, Refusal.NOT_YOUR_CALL)
    if successor(CALL_TRANSITIONS, call.state, type(event)) is None:
        return refuse(command, Refusal.ILLEGAL_TRANSITION)
    return _done(command, event)


def _prioritise(board: Switchboard, command: Command, call_id: str, priority: int) -> Decision:
    call = board.calls.get(call_id)
    if call is None:
        return refuse(command, _gone(board, call_id))
    if successor(CALL_TRANSITIONS, call.state, e.CallPrioritised) is None:
        return refuse(command, Refusal.ILLEGAL_TRANSITION)
    return _done(command, e.CallPrioritised(call_id, priority))


def _talks(command: Command, call: Call) -> bool:
    return call.winner is not None and command.principal.identity == call.winner.agent_id


def _gone(board: Switchboard, call_id: str) -> Refusal:
    return Refusal.CALL_ENDED if call_id in board.ended else Refusal.UNKNOWN_CALL


def _with_position(board: Switchboard, command: Command, earlier: Outcome) -> Decision:
    """A repeated `EnqueueCall` hears where its call stands by now."""
    if earlier.ok and isinstance(command.body, EnqueueCall):
        call = board.calls.get(command.body.call_id)
        if call is not None and call.group is None and call.winner is None:
            line = board.line_of(call)
            position = line.position(call)
            earlier = Outcome(command.command_id, position=position, ewt_s=line.ewt_s(position))
    return Decision((), earlier)


def _done(command: Command, event: e.QueueEvent) -> Decision:
    return Decision((event,), Outcome(command.command_id), command.principal)
