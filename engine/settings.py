"""What administrators choose for queues and agents. Values only; the rules that use them live beside the entities."""

import re
from collections.abc import Iterable
from enum import StrEnum

import msgspec

from engine.skills import PROFICIENCY_MAX, PROFICIENCY_MIN, SKILL_LENGTH_MAX, SkillNeed

PRIORITY_MIN = 0
PRIORITY_MAX = 100
PRIORITY_CREDIT_S_MAX = 3_600
DAY_S = 86_400
TIER_LEVEL_MAX = 100
TIER_POSITION_MAX = 100_000
ID_LENGTH_MAX = 64
ID_CHARACTERS = re.compile(r"[A-Za-z0-9_.:-]+")
"""What ids are made of: nothing that has a meaning in keys that are put together from several."""


class Strategy(StrEnum):
    """How a queue chooses among free agents: `engine.routing.strategies` says what each name means."""

    LONGEST_IDLE = "longest-idle-agent"
    LEAST_RECENT = "leastrecent"
    FEWEST_CALLS = "fewestcalls"
    AGENT_WITH_FEWEST_CALLS = "agent-with-fewest-calls"
    LEAST_TALK_TIME = "agent-with-least-talk-time"
    TOP_DOWN = "top-down"
    LINEAR = "linear"
    BY_AGENT_ORDER = "sequentially-by-agent-order"
    ROUND_ROBIN = "round-robin"
    RR_MEMORY = "rrmemory"
    RR_ORDERED = "rrordered"
    RANDOM = "random"
    WEIGHTED_RANDOM = "wrandom"


class QueueSettings(msgspec.Struct, frozen=True):
    """One queue. Durations in seconds; `sla_target` is a share between 0 and 1.

    `priority_credit_s`: None lets a higher priority pass every lower one. A number makes each point of priority worth
    so many seconds of waiting, in one line with everybody; such calls are beside those of other queues in the lowest
    class.
    """

    queue_id: str
    name: str
    strategy: Strategy = Strategy.LONGEST_IDLE
    needs: tuple[SkillNeed, ...] = ()
    priority: int = PRIORITY_MIN
    priority_credit_s: float | None = None
    offer_timeout_s: float = 20.0
    wrap_up_s: float = 30.0
    disposition_required: bool = False
    sla_threshold_s: float = 20.0
    sla_target: float = 0.8
    short_abandon_s: float = 5.0
    length_max: int = 5_000
    rona_away_after: int = 2
    rest_after_decline_s: float = 5.0

    @property
    def credit_ms(self) -> int | None:
        """What a point of priority is worth in waiting, in milliseconds."""
        return None if self.priority_credit_s is None else round(self.priority_credit_s * 1_000)

    def fault(self) -> str | None:
        """Name the first field that is out of range, or None."""
        checks = {
            "queue_id": _ids_ok([self.queue_id]),
            "name": 0 < len(self.name) <= 100,
            "needs": len(self.needs) <= 20 and all(_skill_ok(need.skill, need.proficiency) for need in self.needs),
            "priority": PRIORITY_MIN <= self.priority <= PRIORITY_MAX,
            "priority_credit_s": self.priority_credit_s is None or 0 <= self.priority_credit_s <= PRIORITY_CREDIT_S_MAX,
            "offer_timeout_s": 0 < self.offer_timeout_s <= 600,
            "wrap_up_s": 0 <= self.wrap_up_s <= 3_600,
            "sla_threshold_s": 0 < self.sla_threshold_s <= DAY_S,
            "sla_target": 0 < self.sla_target <= 1,
            "short_abandon_s": 0 <= self.short_abandon_s <= 600,
            "length_max": 1 <= self.length_max <= 100_000,
            "rona_away_after": 1 <= self.rona_away_after <= 100,
            "rest_after_decline_s": 0 <= self.rest_after_decline_s <= 600,
        }
        return next((field for field, ok in checks.items() if not ok), None)


class Tier(msgspec.Struct, frozen=True):
    """Where an agent stands in one queue: a lower `level` is asked first, `position` orders agents of one level."""

    level: int = 1
    position: int = 1


FIRST_TIER = Tier()


class AgentSettings(msgspec.Struct, frozen=True):
    """One agent: which queues they serve and where they stand in each, what they can do, how many calls at once."""

    agent_id: str
    queues: tuple[str, ...] = ()
    skills: dict[str, int] = {}
    capacity: int = 1
    tiers: dict[str, Tier] = {}

    def tier(self, queue_id: str) -> Tier:
        """Where the agent stands in a queue; at the top where nothing is said."""
        return self.tiers.get(queue_id, FIRST_TIER)

    def fault(self) -> str | None:
        """Name the first field that is out of range, or None."""
        checks = {
            "agent_id": _ids_ok([self.agent_id]),
            "queues": len(self.queues) <= 200 and _ids_ok(self.queues),
            "skills": len(self.skills) <= 200 and all(_skill_ok(*skill) for skill in self.skills.items()),
            "capacity": 1 <= self.capacity <= 20,
            "tiers": self.tiers.keys() <= set(self.queues) and all(map(_tier_ok, self.tiers.values())),
        }
        return next((field for field, ok in checks.items() if not ok), None)


def _tier_ok(tier: Tier) -> bool:
    return 1 <= tier.level <= TIER_LEVEL_MAX and 1 <= tier.position <= TIER_POSITION_MAX


def _ids_ok(ids: Iterable[str]) -> bool:
    return all(len(one) <= ID_LENGTH_MAX and ID_CHARACTERS.fullmatch(one) for one in ids)


def _skill_ok(skill: str, proficiency: int) -> bool:
    return 0 < len(skill) <= SKILL_LENGTH_MAX and PROFICIENCY_MIN <= proficiency <= PROFICIENCY_MAX
