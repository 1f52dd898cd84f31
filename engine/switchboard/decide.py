"""The one entrance to a switchboard's rules."""

from engine.commands import Command
from engine.decision import Decision
from engine.messages import Message
from engine.switchboard.board import Switchboard
from engine.switchboard.commands import decide_command
from engine.switchboard.offers import decide_message


def decide(board: Switchboard, message: Command | Message, now_ms: int) -> Decision:
    """What a command or another owner's message leads to. Changes nothing."""
    if isinstance(message, Command):
        return decide_command(board, message, now_ms)
    return decide_message(board, message, now_ms)
