"""Makes days up that are shaped like a recorded one: arrivals over the day, services, patience, shifts and skills.

Arrivals are a Poisson process whose rate changes every half hour. Services are log-normal, as Brown and others found
for the bank (JASA 2005). Patience is exponential, but for those who hang up at once. Of a seed always comes the same
day.
"""

import math
from collections.abc import Iterator
from datetime import date
from random import Random

import msgspec

from benchmarks.replay.trace import Span, Trace, TraceAgent, TraceCall

HALF_HOUR_S = 1_800.0
HOUR_S = 3_600.0


class CallKind(msgspec.Struct, frozen=True):
    """A type of call: its share of all, and the log-normal of its services (median in seconds, sigma)."""

    name: str
    share: float
    service_median_s: float
    service_sigma: float


class Turn(msgspec.Struct, frozen=True):
    """Somebody's working hours and skills; hours of the day as decimals."""

    agent: str
    skills: tuple[str, ...]
    begin_h: float
    end_h: float


class Shape(msgspec.Struct, frozen=True, kw_only=True):
    """What a made-up day is like. `calls`: expected per half hour, from `opens_h` on."""

    name: str
    day: date
    opens_h: float
    calls: tuple[float, ...]
    kinds: tuple[CallKind, ...]
    turns: tuple[Turn, ...]
    priority_share: float
    patience_mean_s: float
    impatient_share: float


def make_trace(shape: Shape, seed: int) -> Trace:
    """The day of a seed."""
    rng = Random(seed)  # noqa: S311 - a seeded draw, not a secret
    return Trace(
        name=shape.name,
        first_day=shape.day,
        calls=tuple(_call(shape, at_s, rng) for at_s in _arrivals(shape, rng)),
        agents=tuple(
            TraceAgent(turn.agent, turn.skills, (Span(turn.begin_h * HOUR_S, turn.end_h * HOUR_S),))
            for turn in shape.turns
        ),
    )


def _arrivals(shape: Shape, rng: Random) -> Iterator[float]:
    for number, expected in enumerate(shape.calls):
        begin_s = shape.opens_h * HOUR_S + number * HALF_HOUR_S
        at_s = begin_s + _gap_s(expected, rng)
        while at_s < begin_s + HALF_HOUR_S:
            yield at_s
            at_s += _gap_s(expected, rng)


def _gap_s(expected: float, rng: Random) -> float:
    return rng.expovariate(expected / HALF_HOUR_S) if expected > 0 else math.inf


def _call(shape: Shape, at_s: float, rng: Random) -> TraceCall:
    (kind,) = rng.choices(shape.kinds, [kind.share for kind in shape.kinds])
    return TraceCall(
        arrived_s=at_s,
        kind=kind.name,
        patience_s=0.0 if rng.random() < shape.impatient_share else rng.expovariate(1 / shape.patience_mean_s),
        service_s=rng.lognormvariate(math.log(kind.service_median_s), kind.service_sigma),
        has_priority=rng.random() < shape.priority_share,
    )
