"""Who calls, who works, and by which settings: all that a world needs to know beforehand.

Times are virtual milliseconds from any beginning, durations milliseconds. Callers come in order of arrival and may be
made up while the world goes on, so that millions of them need no room.
"""

from collections.abc import Iterable

import msgspec

from engine.settings import AgentSettings, QueueSettings
from engine.simulation.draws import Duration, Fixed
from engine.skills import SkillNeed


class Caller(msgspec.Struct, frozen=True, kw_only=True):
    """One caller. `service_ms`: how long they will talk, whoever answers; `patience_ms` None: they never hang up."""

    arrived_ms: int
    queue_id: str
    service_ms: int
    patience_ms: int | None = None
    priority: int | None = None
    needs: tuple[SkillNeed, ...] = ()


class Shift(msgspec.Struct, frozen=True):
    """When an agent is there. Whoever talks at its end finishes the call and its wrap-up first."""

    agent_id: str
    start_ms: int
    end_ms: int


class Plan(msgspec.Struct, frozen=True, kw_only=True):
    """`answer`: how long an agent lets it ring. Shifts of one agent neither overlap nor stand out of order."""

    queues: tuple[QueueSettings, ...]
    agents: tuple[AgentSettings, ...]
    shifts: tuple[Shift, ...]
    callers: Iterable[Caller]
    answer: Duration = Fixed(0.0)
