"""A scenario file: who works, who calls, how patient they are, by which settings. TOML, decoded strictly.

What cannot be is refused with one sentence that names the field. `docs/SIMULATION.md` has an example.
"""

import re
from collections.abc import Iterator
from datetime import date
from itertools import pairwise
from pathlib import Path
from typing import Annotated, Any

import msgspec
from msgspec import Meta

from engine.settings import AgentSettings, QueueSettings
from engine.simulation.draws import Duration, Exponential, Fixed, LogNormal
from engine.skills import satisfied

CLOCK = re.compile(r"([01]\d|2[0-4]):([0-5]\d)")
HOUR_S = 3_600
DAY_S = 86_400
CALLS_MAX = 100_000.0
AT_ONCE_S = Fixed(0.0)
PROFICIENCY = 5

Name = Annotated[str, Meta(min_length=1, max_length=64, pattern=r"^[A-Za-z0-9_.-]+$(?!\n)")]


class ScenarioError(Exception):
    """The scenario cannot be read or played; the text names the field."""


class QueuePlan(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A queue and its callers. `calls`: expected in each interval from opening on; `patience` left out: nobody hangs
    up; `priority_share`: of the callers, with priority 1; `settings`: of the queue, by their names in the interface.
    """

    id: Name
    calls: Annotated[list[Annotated[float, Meta(ge=0, le=CALLS_MAX)]], Meta(min_length=1, max_length=2_000)]
    service: Duration
    patience: Duration | None = None
    needs: list[Name] = []
    priority_share: Annotated[float, Meta(ge=0, le=1)] = 0.0
    settings: dict[str, Any] = {}


class AgentPlan(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One agent, or `count` alike. `queues` left out: all. `shifts`: "08:00-12:30", one or several."""

    name: Name
    count: Annotated[int, Meta(ge=1, le=2_000)] = 1
    queues: list[Name] | None = None
    skills: dict[Name, Annotated[int, Meta(ge=1, le=10)]] = {}
    capacity: Annotated[int, Meta(ge=1, le=20)] = 1
    shifts: Annotated[list[str], Meta(min_length=1, max_length=20)]


class Scenario(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A day. `answer`: how long agents let it ring."""

    name: Annotated[str, Meta(min_length=1, max_length=100)]
    day: date = date(2024, 1, 8)
    opens: str = "08:00"
    interval_min: Annotated[int, Meta(ge=1, le=1_440)] = 30
    answer: Duration = AT_ONCE_S
    queues: Annotated[list[QueuePlan], Meta(min_length=1, max_length=100)]
    agents: list[AgentPlan] = []

    @property
    def opens_s(self) -> int:
        return clock_s("opens", self.opens)

    @property
    def interval_s(self) -> int:
        return self.interval_min * 60

    @property
    def intervals(self) -> int:
        return max(len(queue.calls) for queue in self.queues)

    @property
    def expected_calls(self) -> float:
        return sum(sum(queue.calls) for queue in self.queues)


def read_scenario(path: Path) -> Scenario:
    """The file, checked. Raises `ScenarioError`."""
    try:
        scenario = msgspec.toml.decode(path.read_bytes(), type=Scenario)
    except msgspec.ValidationError as error:
        what, _, where = str(error).partition(" - at `$.")
        field = where.rstrip("`") or "the file"
        raise ScenarioError(f"{path}: {field}: {what[0].lower()}{what[1:]}.") from None
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise ScenarioError(f"{path} is no TOML: {error}.") from None
    except OSError as error:
        raise ScenarioError(f"{path} cannot be read: {error.strerror}.") from None
    fault = next(_faults(scenario), None)
    if fault is not None:
        raise ScenarioError(f"{path}: {fault}")
    return scenario


def queue_settings(number: int, queue: QueuePlan) -> QueueSettings:
    """The settings by which the engine runs this queue. Raises `ScenarioError`."""
    field = f"queues[{number}].settings"
    unknown = sorted(queue.settings.keys() - (set(QueueSettings.__struct_fields__) - {"queue_id", "name", "needs"}))
    if unknown:
        raise ScenarioError(f"{field}: a queue has no setting {unknown[0]!r}.")
    needs = [(need, PROFICIENCY) for need in queue.needs]
    try:
        settings = msgspec.convert(
            {**queue.settings, "queue_id": queue.id, "name": queue.id, "needs": needs}, QueueSettings
        )
    except msgspec.ValidationError as error:
        what, _, where = str(error).partition(" - at `$.")
        raise ScenarioError(f"{field}.{where.rstrip('`')}: {what[0].lower()}{what[1:]}.") from None
    fault = settings.fault()
    if fault is not None:
        raise ScenarioError(f"{field}.{fault}: out of its range.")
    return settings


def agent_settings(scenario: Scenario) -> Iterator[tuple[AgentPlan, AgentSettings]]:
    """Every single agent; those of a `count` are numbered."""
    every = tuple(queue.id for queue in scenario.queues)
    for plan in scenario.agents:
        for number in range(1, plan.count + 1):
            agent_id = plan.name if plan.count == 1 else f"{plan.name}-{number:0{len(str(plan.count))}}"
            queues = every if plan.queues is None else tuple(plan.queues)
            yield plan, AgentSettings(agent_id, queues, dict(plan.skills), plan.capacity)


def shift_s(field: str, text: str) -> tuple[int, int]:
    """A shift in seconds from midnight. Raises `ScenarioError`."""
    start, _, end = text.partition("-")
    start_s, end_s = clock_s(field, start), clock_s(field, end)
    if end_s <= start_s:
        raise ScenarioError(f"{field}: {text!r} ends before it begins.")
    return start_s, end_s


def clock_s(field: str, text: str) -> int:
    """HH:MM in seconds from midnight; 24:00 is the end of the day. Raises `ScenarioError`."""
    found = CLOCK.fullmatch(text)
    if found is None or (total_s := int(found[1]) * HOUR_S + int(found[2]) * 60) > DAY_S:
        raise ScenarioError(f"{field}: {text!r} is no time of the day such as 08:30.")
    return total_s


def _faults(scenario: Scenario) -> Iterator[str]:
    """What decoding cannot see, the first of it first."""
    try:
        clock_s("opens", scenario.opens)
        settings = [queue_settings(number, queue) for number, queue in enumerate(scenario.queues)]
        for number, agent in enumerate(scenario.agents):
            spans = sorted(shift_s(f"agents[{number}].shifts", text) for text in agent.shifts)
            if any(earlier[1] > later[0] for earlier, later in pairwise(spans)):
                yield f"agents[{number}].shifts: shifts of one agent overlap."
    except ScenarioError as error:
        yield str(error)
        return
    yield from _doubles("queues", [queue.id for queue in scenario.queues])
    yield from _doubles("agents", [agent.agent_id for _, agent in agent_settings(scenario)])
    yield from _durations("answer", scenario.answer)
    for number, queue in enumerate(scenario.queues):
        yield from _durations(f"queues[{number}].service", queue.service)
        yield from _durations(f"queues[{number}].patience", queue.patience)
    known = {queue.id for queue in scenario.queues}
    for number, plan in enumerate(scenario.agents):
        for unknown in sorted(set(plan.queues or ()) - known):
            yield f"agents[{number}].queues: there is no queue {unknown!r}."
    agents = [agent for _, agent in agent_settings(scenario)]
    for number, one in enumerate(settings):
        able = (agent for agent in agents if one.queue_id in agent.queues and satisfied(one.needs, agent.skills))
        if agents and next(able, None) is None:
            yield f"queues[{number}].needs: no agent serves {one.queue_id!r} and has what it needs."


def _doubles(field: str, names: list[str]) -> Iterator[str]:
    double = next((name for name in names if names.count(name) > 1), None)
    if double is not None:
        yield f"{field}: there are two of the name {double!r}."


def _durations(field: str, duration: Duration | None) -> Iterator[str]:
    match duration:
        case Fixed(seconds=seconds) if not 0 <= seconds <= DAY_S:
            yield f"{field}.seconds: must be from 0 to a day."
        case Exponential(mean_s=mean_s) if not 0 < mean_s <= DAY_S:
            yield f"{field}.mean_s: must be more than 0 and at most a day."
        case LogNormal(median_s=median_s) if not 0 < median_s <= DAY_S:
            yield f"{field}.median_s: must be more than 0 and at most a day."
        case LogNormal(sigma=sigma) if not 0 <= sigma <= 3:
            yield f"{field}.sigma: must be from 0 to 3."
