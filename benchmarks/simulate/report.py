"""What a simulation tells: means over its replications, how far they may be off, by day, and variants side by side."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, timedelta
from typing import Any

import msgspec

from benchmarks.replay.figures import rounded
from benchmarks.simulate.estimates import estimate, mean_of
from benchmarks.simulate.lives import Figured
from benchmarks.simulate.told import Told

DIGITS = {"asa_s": 2, "aht_s": 2, "offered": 1, "answered": 1, "abandoned": 1, "open": 1, "blocked": 1}
DIGITS_ELSE = 4
COMPARED = ("asa_s", "service_level_20s", "service_level_20s_offered", "abandonment", "occupancy")
"""Figures of which variants tell by how much they differ, replication by replication."""


class Variant(msgspec.Struct, frozen=True):
    """Every replication of the case, as it is or changed."""

    name: str
    told: Sequence[Told]


class Report(msgspec.Struct, frozen=True, kw_only=True):
    """All that pages, tables and JSON show. Variants: the case as it is, then each what-if."""

    name: str
    first_day: date
    seed: int
    agents: int
    slot_s: int
    variants: Sequence[Variant]
    recorded: Told | None
    explanations: Sequence[str]
    elapsed_s: float
    calls_per_s: float

    @property
    def base(self) -> Variant:
        return self.variants[0]

    def date_of(self, day: int) -> str:
        """A day's number as YYYY-MM-DD."""
        return f"{self.first_day + timedelta(days=day)}"


def as_json(report: Report) -> dict[str, Any]:
    """The keys of `replay`, and what a simulation tells besides."""
    base, recorded = report.base.told, report.recorded
    return {
        **means(one.whole for one in base),
        "half_width_99": half_widths([one.whole for one in base]),
        "recorded": recorded.whole if recorded is not None else {},
        "by_day": [
            {
                "day": report.date_of(day),
                "ours": means(one.by_day[day] for one in base if day in one.by_day),
                "half_width_99": half_widths([one.by_day[day] for one in base if day in one.by_day]),
                "recorded": recorded.by_day.get(day) if recorded is not None else None,
            }
            for day in days_of(report)
        ],
        "by_queue": {
            name: means(one.by_queue[name] for one in base)
            | {"half_width_99": half_widths([one.by_queue[name] for one in base])}
            for name in base[0].by_queue
        },
        "by_interval": [
            {"begins": clock(slot)} | means(one.by_slot[slot] for one in base if slot in one.by_slot)
            for slot in slots_of(base)
        ],
        "what_if": [
            means(one.whole for one in variant.told)
            | {
                "change": variant.name,
                "half_width_99": half_widths([one.whole for one in variant.told]),
                "difference": differences(report.base, variant),
            }
            for variant in report.variants[1:]
        ],
        "trace": report.name,
        "replications": len(base),
        "seed": report.seed,
        "agents": report.agents,
        "elapsed_s": round(report.elapsed_s, 2),
        "calls_per_s": round(report.calls_per_s),
        "explanations": list(report.explanations),
    }


def means(told: Iterable[Figured]) -> Figured:
    """Figure by figure; None where no replication has it."""
    every = list(told)
    return {name: rounded(mean_of([one[name] for one in every]), _digits(name)) for name in (every[0] if every else {})}


def half_widths(told: Sequence[Figured]) -> Figured:
    """Of the means' 99 % confidence intervals; None from a single replication, or where one has no figure."""
    found: Figured = {}
    for name in told[0] if told else {}:
        values = [value for one in told if (value := one[name]) is not None]
        complete = len(values) == len(told) > 1
        found[name] = rounded(estimate(values).half_width, _digits(name)) if complete else None
    return found


def differences(base: Variant, other: Variant) -> Mapping[str, Figured]:
    """By how much another variant differs with the same seeds, which is sharper than comparing two means."""
    found: dict[str, Figured] = {}
    for name in COMPARED:
        pairs = [(one.whole[name], two.whole[name]) for one, two in zip(base.told, other.told, strict=True)]
        values = [two - one for one, two in pairs if one is not None and two is not None]
        if values:
            told = estimate(values)
            found[name] = {
                "mean": rounded(told.mean, _digits(name)),
                "half_width_99": rounded(told.half_width, _digits(name)),
            }
    return found


def days_of(report: Report) -> list[int]:
    return sorted({day for one in report.base.told for day in one.by_day})


def slots_of(told: Sequence[Told]) -> list[int]:
    return sorted({slot for one in told for slot in one.by_slot})


def clock(at_s: int) -> str:
    return f"{at_s // 3_600:02}:{at_s // 60 % 60:02}"


def _digits(name: str) -> int:
    return DIGITS.get(name, DIGITS_ELSE)
