"""Skills and who satisfies them.

A *skill* is a name; an agent holds it with a *proficiency* from 1 (just able) to 10 (expert). A call *needs* skills,
each at a minimum proficiency. All needs must be met (logical and); the routing rules that widen needs while a call
waits replace the needs of the call, they do not change this test.
"""

from collections.abc import Iterable, Mapping
from typing import Annotated

import msgspec
from msgspec import Meta

PROFICIENCY_MIN = 1
PROFICIENCY_MAX = 10
SKILL_LENGTH_MAX = 64


class SkillNeed(msgspec.Struct, frozen=True, array_like=True):
    """A skill that a call asks for, at `proficiency` or better."""

    skill: Annotated[str, Meta(min_length=1, max_length=SKILL_LENGTH_MAX)]
    proficiency: int = PROFICIENCY_MIN


def satisfied(needs: Iterable[SkillNeed], held: Mapping[str, int]) -> bool:
    """Whether an agent who holds `held` (skill -> proficiency) can take a call with these needs."""
    return all(held.get(need.skill, 0) >= need.proficiency for need in needs)
