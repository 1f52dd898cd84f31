"""What a run of load is: how many calls, how many agents, how long they talk."""

from random import Random

import msgspec

OCCUPANCY = 0.7
"""Share of their time that agents are busy where talk and wrap-up are left open."""
WRAP_UP_SHARE = 0.2
"""Share of the handling time that is wrap-up, likewise."""


class LoadPlan(msgspec.Struct, frozen=True, kw_only=True):
    """Poisson arrivals at `rate` per second for `seconds`; `talk_s` and `wrap_up_s` are means of exponential times."""

    rate: float
    agents: int
    seconds: float
    talk_s: float
    wrap_up_s: float
    multiplex: bool = False
    seed: int = 1

    @property
    def occupancy(self) -> float:
        """Offered load over agents."""
        return self.rate * (self.talk_s + self.wrap_up_s) / self.agents

    def arrivals_s(self) -> list[float]:
        """When calls arrive, in seconds from the start."""
        rng = Random(self.seed)  # noqa: S311 - a seeded load, not a secret
        found: list[float] = []
        at_s = rng.expovariate(self.rate)
        while at_s < self.seconds:
            found.append(at_s)
            at_s += rng.expovariate(self.rate)
        return found


def make_plan(
    *,
    rate: float,
    agents: int,
    seconds: float,
    talk_s: float | None,
    wrap_up_s: float | None,
    multiplex: bool,
    seed: int,
) -> LoadPlan:
    """Fill in what is left open so that agents are busy for `OCCUPANCY` of their time."""
    handling_s = OCCUPANCY * agents / rate
    if wrap_up_s is None:
        wrap_up_s = handling_s * WRAP_UP_SHARE if talk_s is None else max(0.0, handling_s - talk_s)
    if talk_s is None:
        talk_s = max(0.05, handling_s - wrap_up_s)
    return LoadPlan(
        rate=rate,
        agents=agents,
        seconds=seconds,
        talk_s=talk_s,
        wrap_up_s=wrap_up_s,
        multiplex=multiplex,
        seed=seed,
    )
