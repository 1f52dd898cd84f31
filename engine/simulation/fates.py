"""What became of the callers, and when agents were there."""

from enum import StrEnum

import msgspec


class Ending(StrEnum):
    """`OPEN`: still waiting when the world ended. `BLOCKED`: the line was full, and the caller never stood in it."""

    ANSWERED = "answered"
    ABANDONED = "abandoned"
    BLOCKED = "blocked"
    OPEN = "open"


class Fate(msgspec.Struct, frozen=True):
    """One call from arrival to end, in virtual milliseconds. `number`: the how-manieth arrival, from 0.

    `done_ms`: when its wrap-up ended and its agent was free again; None for a call that nobody answered, or whose
    agent was still engaged when the world ended.
    """

    number: int
    queue_id: str
    arrived_ms: int
    wait_ms: int
    ending: Ending
    agent_id: str | None = None
    done_ms: int | None = None


class Attendance(msgspec.Struct, frozen=True):
    """An agent was there: a shift, and what the last call took beyond it."""

    agent_id: str
    start_ms: int
    end_ms: int
