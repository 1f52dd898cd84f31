"""What `decide` gives back."""

import msgspec

from engine.commands import Outcome
from engine.events import Event
from engine.messages import Message
from engine.principals import SYSTEM, Principal


class Decision(msgspec.Struct, frozen=True):
    """Events to apply and journal, and an answer to send once they are durable."""

    events: tuple[Event, ...] = ()
    answer: Outcome | Message | None = None
    by: Principal = SYSTEM


NOTHING = Decision()
"""No event and no answer: the message was a duplicate, or this owner may not answer it."""
