"""What an agent did today. A day is a day of UTC; only the newest one is kept."""

import msgspec
from msgspec.structs import replace

from engine.agent import Presence

DAY_MS = 86_400_000
IDLE = frozenset({Presence.AVAILABLE, Presence.OFFERED})
ENGAGED = frozenset({Presence.ON_CALL, Presence.WRAP_UP})


class AgentDay(msgspec.Struct, frozen=True):
    """Figures since `day_start_ms`.

    `handled` conversations took `conversation_ms` (talk and hold) and `wrap_up_ms`, each counted when it ended.
    `idle_ms` (available, or ringing) and `engaged_ms` (on a call, or in wrap-up) are times of presence, counted until
    `counted_until_ms`; what has passed since belongs to the present presence.
    """

    day_start_ms: int
    counted_until_ms: int
    handled: int = 0
    conversation_ms: int = 0
    wrap_up_ms: int = 0
    idle_ms: int = 0
    engaged_ms: int = 0


def new_day(at_ms: int) -> AgentDay:
    """The day of an agent who is first seen now."""
    return AgentDay(_start(at_ms), at_ms)


def elapsed(day: AgentDay, presence: Presence, at_ms: int) -> AgentDay:
    """The day after `presence` has lasted until now; a new one after midnight, with what of it lies behind."""
    start_ms = _start(at_ms)
    if start_ms > day.day_start_ms:
        day = AgentDay(start_ms, max(start_ms, day.counted_until_ms))
    span_ms = max(0, at_ms - day.counted_until_ms)
    return replace(
        day,
        counted_until_ms=day.counted_until_ms + span_ms,
        idle_ms=day.idle_ms + (span_ms if presence in IDLE else 0),
        engaged_ms=day.engaged_ms + (span_ms if presence in ENGAGED else 0),
    )


def conversed(day: AgentDay, conversation_ms: int) -> AgentDay:
    """One more conversation is over."""
    return replace(day, handled=day.handled + 1, conversation_ms=day.conversation_ms + max(0, conversation_ms))


def wrapped_up(day: AgentDay, wrap_up_ms: int) -> AgentDay:
    """The work after a call is over."""
    return replace(day, wrap_up_ms=day.wrap_up_ms + max(0, wrap_up_ms))


def _start(at_ms: int) -> int:
    return at_ms - at_ms % DAY_MS
