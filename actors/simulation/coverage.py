"""How much of what can happen has happened in many worlds, and what never did although there were enough of them."""

from collections import Counter
from collections.abc import Sequence

import msgspec

from actors.simulation.faults import KINDS
from actors.simulation.features import FEATURES
from actors.simulation.world import WorldReport

ENOUGH_WORLDS = 200
"""In so many worlds every kind of fault strikes, and every feature of the engine is seen."""
ENOUGH_VISITS = 1_000
"""A place that processes came to in so many worlds where they may die at places is one where some died."""


class Coverage(msgspec.Struct, frozen=True):
    """Times by name. `places`: where processes can die, at an await or about to send, with how many died there."""

    faults: dict[str, int]
    lived: dict[str, int]
    places: dict[str, int]
    missing: tuple[str, ...]


def cover(reports: Sequence[WorldReport]) -> Coverage:
    """Add up what worlds tell. `missing` is empty for too few worlds, or where every class and feature came up."""
    faults: Counter[str] = Counter()
    lived: Counter[str] = Counter()
    visited: Counter[str] = Counter()
    died_at: Counter[str] = Counter()
    for report in reports:
        faults.update(report.faults)
        lived.update(report.lived)
        visited.update(report.passed.keys())
        died_at.update(report.died_at)
    missing: list[str] = []
    if len(reports) >= ENOUGH_WORLDS:
        missing += [f"fault {kind}" for kinds in KINDS.values() for kind in kinds if not faults[kind]]
        missing += [f"feature {name}" for name in sorted(FEATURES) if not lived[name]]
    missing += [
        f"death at {place}"
        for place, worlds in sorted(visited.items())
        if worlds >= ENOUGH_VISITS and not died_at[place]
    ]
    return Coverage(
        dict(sorted(faults.items())),
        dict(sorted(lived.items())),
        {place: died_at[place] for place in sorted(visited)},
        tuple(missing),
    )
