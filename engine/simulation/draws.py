"""How long something takes, as a distribution, and when calls come. Randomness comes in; nothing here makes its own.

Services of call centers are log-normal rather than exponential (Brown and others, JASA 2005, for the recorded bank);
the exponential is what waiting-line theory assumes.
"""

import math
from collections.abc import Iterator, Sequence
from typing import Protocol

import msgspec

from engine.routing.seats import Draws


class Chance(Draws, Protocol):
    """Randomness, as `random.Random` gives it."""

    def expovariate(self, lambd: float, /) -> float: ...

    def lognormvariate(self, mu: float, sigma: float, /) -> float: ...


class Fixed(msgspec.Struct, frozen=True, tag_field="kind", tag="fixed", forbid_unknown_fields=True):
    """Always the same."""

    seconds: float


class Exponential(msgspec.Struct, frozen=True, tag_field="kind", tag="exponential", forbid_unknown_fields=True):
    """However long it has lasted, the rest is as long on average."""

    mean_s: float


class LogNormal(msgspec.Struct, frozen=True, tag_field="kind", tag="log-normal", forbid_unknown_fields=True):
    """Half of them are shorter than the median; `sigma` is the spread of the logarithm."""

    median_s: float
    sigma: float


Duration = Fixed | Exponential | LogNormal


def draw_ms(duration: Duration, chance: Chance) -> int:
    """One duration in whole milliseconds, as the engine reckons."""
    match duration:
        case Fixed(seconds=seconds):
            return round(seconds * 1_000)
        case Exponential(mean_s=mean_s):
            return round(chance.expovariate(1 / mean_s) * 1_000)
        case LogNormal(median_s=median_s, sigma=sigma):
            return round(chance.lognormvariate(math.log(median_s), sigma) * 1_000)


def mean_s(duration: Duration) -> float:
    """The expected length in seconds; of a log-normal exp(mu + sigma^2 / 2)."""
    match duration:
        case Fixed(seconds=seconds):
            return seconds
        case Exponential(mean_s=mean):
            return mean
        case LogNormal(median_s=median_s, sigma=sigma):
            return median_s * math.exp(sigma * sigma / 2)


def poisson_ms(expected: Sequence[float], begin_ms: int, interval_ms: int, chance: Chance) -> Iterator[int]:
    """Arrivals of a Poisson process whose rate changes with every interval: `expected` calls in each, from the first.

    The exponential has no memory, so that each interval may begin anew.
    """
    for number, calls in enumerate(expected):
        start_ms = float(begin_ms + number * interval_ms)
        at_ms = start_ms
        while calls > 0:
            at_ms += chance.expovariate(calls / interval_ms)
            if at_ms >= start_ms + interval_ms:
                break
            yield math.floor(at_ms)
