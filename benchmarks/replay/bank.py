"""Reads the calls of an Israeli bank's call center, 1999, as the Technion publishes them ("Anonymous Bank").

The rules, so that two readers get the same:

1. A call arrives when it leaves the voice menu (`vru_exit`). PHANTOM rows are no calls.
2. Who hung up had exactly the recorded patience. Who was answered has one drawn, with a fixed seed and in the order of
   the file, from the Kaplan-Meier estimate over all rows, given that it exceeds the recorded wait.
3. Service times are as recorded and go with the call. Who hung up has none; should they be answered this time, it is
   one of those recorded for the same type of call, drawn with the same seed.
4. Agents have the skills (types of calls) that they are seen to serve. A shift is first to last service of a day. Where
   an agent is in two services at once, the later one starts when the earlier ends. A service from 0:00:00 to 0:00:00
   is a gap in the record: it tells the skill and no time.
5. NO_SERVER answered too, but is a gap in the record and no agent.
6. Priority 2 is priority, 0 and 1 are ordinary. The date is that of the call's entry; whatever follows may be after
   midnight.
"""

import csv
import re
from collections import defaultdict
from collections.abc import Iterator
from datetime import date, datetime
from pathlib import Path
from random import Random

import msgspec

from benchmarks.replay.kaplan_meier import Survival
from benchmarks.replay.trace import CallEnd, Outcome, Span, Trace, TraceAgent, TraceCall, TraceError, merged

COLUMNS = (
    "vru+line",
    "call_id",
    "customer_id",
    "priority",
    "type",
    "date",
    "vru_entry",
    "vru_exit",
    "vru_time",
    "q_start",
    "q_exit",
    "q_time",
    "outcome",
    "ser_start",
    "ser_exit",
    "ser_time",
    "server",
)
PRIORITY = 2
CLOCK = re.compile(r"(1?\d|2[0-3]):([0-5]\d):([0-5]\d)")
DAY_S = 86_400


class BankRow(msgspec.Struct, frozen=True, kw_only=True):
    """One line of the file. Clock times in seconds from midnight of `day`; None: a gap in the record, or no service."""

    day: date
    kind: str
    priority: int
    arrived_s: float
    wait_s: float
    answered: bool
    service_start_s: float | None
    service_s: float
    server: str | None


def read_bank(path: Path, *, seed: int) -> Trace:
    """The whole file as a trace. Raises `TraceError`, which names the line."""
    rows = list(read_rows(path))
    if not rows:
        raise TraceError(f"{path} has no calls.")
    first_day = min(row.day for row in rows)
    calls = sorted(_calls(rows, first_day, seed), key=lambda call: call.arrived_s)
    return Trace(
        name="Bank",
        first_day=first_day,
        calls=tuple(calls),
        agents=_agents(rows, first_day),
        is_recorded=True,
    )


def read_rows(path: Path) -> Iterator[BankRow]:
    """Line by line, phantoms left out."""
    try:
        with path.open(encoding="utf-8", newline="") as file:
            reader = csv.reader(file, delimiter="\t")
            if tuple(next(reader, ())) != COLUMNS:
                raise TraceError(f"{path} is no trace of the bank: its first line must name {', '.join(COLUMNS)}.")
            for values in reader:
                try:
                    row = _row(values)
                except ValueError as error:
                    raise TraceError(f"{path}, line {reader.line_num}: {error}.") from None
                if row is not None:
                    yield row
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not text"
        raise TraceError(f"{path} cannot be read: {reason}.") from None


def _row(values: list[str]) -> BankRow | None:
    if len(values) != len(COLUMNS):
        raise ValueError(f"there are {len(values)} fields and not {len(COLUMNS)}")
    field = dict(zip(COLUMNS, values, strict=True))
    if field["outcome"] == "PHANTOM":
        return None
    if field["outcome"] not in {"AGENT", "HANG"}:
        raise ValueError(f"the outcome {field['outcome']!r} is not AGENT, HANG or PHANTOM")
    arrived_s = _after(_clock_s(field["vru_entry"]), _clock_s(field["vru_exit"]))
    answered = field["outcome"] == "AGENT"
    is_gap = _clock_s(field["ser_start"]) == _clock_s(field["ser_exit"]) == 0.0
    return BankRow(
        day=datetime.strptime(field["date"], "%y%m%d").date(),  # noqa: DTZ007 - the center's own wall clock
        kind=field["type"],
        priority=int(field["priority"]),
        arrived_s=arrived_s,
        wait_s=_duration_s(field, "q_time"),
        answered=answered,
        service_start_s=None if is_gap or not answered else _after(arrived_s, _clock_s(field["ser_start"])),
        service_s=_duration_s(field, "ser_time"),
        server=field["server"] if answered and field["server"] != "NO_SERVER" else None,
    )


def _calls(rows: list[BankRow], first_day: date, seed: int) -> Iterator[TraceCall]:
    survival = Survival((row.wait_s for row in rows if not row.answered), (row.wait_s for row in rows if row.answered))
    services_s: dict[str, list[float]] = defaultdict(list)
    for row in rows:
        if row.answered:
            services_s[row.kind].append(row.service_s)
    patience_rng, service_rng = Random(seed), Random(seed)  # noqa: S311 - a seeded draw, not a secret
    for row in rows:
        arrived_s = row.arrived_s + (row.day - first_day).days * DAY_S
        service_s = row.service_s
        if not row.answered and not service_s and services_s[row.kind]:
            service_s = service_rng.choice(services_s[row.kind])
        yield TraceCall(
            arrived_s=arrived_s,
            kind=row.kind,
            patience_s=survival.draw(patience_rng, row.wait_s) if row.answered else row.wait_s,
            service_s=service_s,
            has_priority=row.priority == PRIORITY,
            recorded=CallEnd(arrived_s, Outcome.ANSWERED, row.wait_s, row.service_s)
            if row.answered
            else CallEnd(arrived_s, Outcome.ABANDONED, row.wait_s),
        )


def _agents(rows: list[BankRow], first_day: date) -> tuple[TraceAgent, ...]:
    skills: dict[str, set[str]] = defaultdict(set)
    days: dict[str, dict[date, list[Span]]] = defaultdict(lambda: defaultdict(list))
    for row in rows:
        if row.server is None:
            continue
        skills[row.server].add(row.kind)
        if row.service_start_s is not None:
            start_s = row.service_start_s + (row.day - first_day).days * DAY_S
            days[row.server][row.day].append(Span(start_s, start_s + row.service_s))
    return tuple(
        TraceAgent(
            name=name,
            skills=tuple(sorted(skills[name])),
            shifts=merged(Span(min(day).start_s, max(span.end_s for span in day)) for day in days[name].values()),
            services=merged(span for day in days[name].values() for span in day),
        )
        for name in sorted(days)
    )


def _duration_s(field: dict[str, str], name: str) -> float:
    if not field[name].isdecimal():
        raise ValueError(f"{name} is {field[name]!r} and no number of seconds")
    return float(field[name])


def _clock_s(text: str) -> float:
    """H:MM:SS as seconds from midnight."""
    found = CLOCK.fullmatch(text)
    if found is None:
        raise ValueError(f"{text!r} is no time of the day")
    hours, minutes, seconds = map(int, found.groups())
    return float(hours * 3_600 + minutes * 60 + seconds)


def _after(before_s: float, clock_s: float) -> float:
    """A clock time that belongs to an earlier one: next day's if it seems to be half a day before it."""
    days = 1 if clock_s < before_s - DAY_S / 2 else 0
    return clock_s + days * DAY_S
