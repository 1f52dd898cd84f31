"""The one entrance to a roster's rules."""

from engine.commands import Command
from engine.decision import Decision
from engine.messages import Message
from engine.roster.book import Roster
from engine.roster.commands import decide_command
from engine.roster.offers import decide_message


def decide(roster: Roster, message: Command | Message, now_ms: int) -> Decision:
    """What a command or another owner's message leads to. Changes nothing."""
    if isinstance(message, Command):
        return decide_command(roster, message, now_ms)
    return decide_message(roster, message, now_ms)
