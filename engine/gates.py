"""The gates that every command passes before its owner's rules look at it."""

from engine.commands import REMEMBERED_MS, Command, Outcome, refused
from engine.decision import Decision
from engine.events import CommandRefused
from engine.outcomes import Outcomes
from engine.refusals import Refusal


def pass_gates(outcomes: Outcomes, command: Command, now_ms: int) -> Outcome | None:
    """The outcome if the gates already know it (decided before, or expired), None if the command is to be decided."""
    earlier = outcomes.recall(command)
    if earlier is not None:
        return earlier
    if command.expires_at_ms < now_ms:
        return refused(command.command_id, Refusal.EXPIRED)
    if command.expires_at_ms > now_ms + REMEMBERED_MS:
        return refused(command.command_id, Refusal.INVALID_SETTINGS, "expires_at_ms")
    return None


def refuse(command: Command, refusal: Refusal, field: str | None = None) -> Decision:
    """A refusal that is journaled, so that it is remembered."""
    event = CommandRefused(refusal.value, field)
    return Decision((event,), refused(command.command_id, refusal, field), command.principal)
