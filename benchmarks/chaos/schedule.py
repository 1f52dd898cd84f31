"""When which fault strikes: drawn from a seed, so that a run can be had again."""

from collections.abc import Sequence
from random import Random

import msgspec

from benchmarks.chaos.faults import Fault
from benchmarks.chaos.ground import Needs

PAUSE_S = (0.5, 2.5)
"""Good service between two faults: what a fault meets should not always be the same."""


class Planned(msgspec.Struct, frozen=True):
    """A fault, how long the house has served well before it strikes, and the seed of what it draws itself."""

    fault: Fault
    pause_s: float
    seed: int


def draw_schedule(faults: Sequence[Fault], seed: int, total: int) -> dict[Needs, list[Planned]]:
    """For every house that is needed, its faults in a random order: `total` in all, dealt out evenly over the kinds."""
    rng = Random(seed)  # noqa: S311 - a seeded schedule, not a secret
    dealt = [faults[number % len(faults)] for number in range(total)]
    rng.shuffle(dealt)
    planned: dict[Needs, list[Planned]] = {}
    for fault in dealt:
        one = Planned(fault, rng.uniform(*PAUSE_S), rng.getrandbits(32))
        planned.setdefault(fault.needs, []).append(one)
    return {needs: planned[needs] for needs in Needs if needs in planned}
