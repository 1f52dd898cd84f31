"""What the recorded center did, and how its words are the engine's, for whoever plays a trace."""

from benchmarks.replay.trace import TraceAgent

PRIORITY_CREDIT_S = 90.0
"""The bank's own rule: the line is ordered by time in queue, and a priority caller starts with 1.5 minutes."""
PROFICIENCY = 5
"""A trace tells that somebody can do something, not how well."""


def skill_of(kind: str) -> str:
    """The label of a type of call in the clinic, where labels are in lower case."""
    return kind.lower()


def skills_of(agent: TraceAgent) -> dict[str, int]:
    """What somebody can do, by label."""
    return dict.fromkeys(map(skill_of, agent.skills), PROFICIENCY)
