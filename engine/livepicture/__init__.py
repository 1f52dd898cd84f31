"""The live picture of one tenant: who waits, who is free, what today looks like. A function of the two journals."""

from engine.livepicture.frames import LiveDelta, LivePicture, apply, follows
from engine.livepicture.picture import TenantPicture
from engine.livepicture.rows import AgentRow, CallRow, QueueRow, TallyRow

__all__ = [
    "AgentRow",
    "CallRow",
    "LiveDelta",
    "LivePicture",
    "QueueRow",
    "TallyRow",
    "TenantPicture",
    "apply",
    "follows",
]
