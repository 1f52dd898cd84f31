"""Queues and calls of one tenant: the owner that has the last word on every call and every offer."""

from engine.switchboard.board import Switchboard
from engine.switchboard.calls import Calls

__all__ = ["Calls", "Switchboard"]
