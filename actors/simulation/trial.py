"""Which world is lived through: its seed, and how much of what the seed would bring is left out."""

import msgspec

STORMS_S = (8.0, 12.0, 20.0)
"""How long it is stormy; the seed says which."""


class Trial(msgspec.Struct, frozen=True, omit_defaults=True):
    """Everything that a world follows from. With defaults it is what its seed alone says.

    `every`: all classes of faults strike. `without`: classes that do not. The others bound what the seed draws: length
    of the storm in seconds, tenants, agents and callers of each tenant.
    """

    seed: int
    every: bool = False
    without: tuple[str, ...] = ()
    storm_s: float = max(STORMS_S)
    tenants: int = 3
    agents: int = 5
    callers: int = 1_000
