"""Worlds in virtual time for the tests: a plan, lived through to the end, and its fates."""

from collections.abc import Callable, Iterator
from random import Random

from engine.settings import AgentSettings, QueueSettings, Strategy
from engine.simulation.draws import Duration, Exponential, Fixed, LogNormal, draw_ms
from engine.simulation.fates import Fate
from engine.simulation.house import FOREVER_MS, House
from engine.simulation.plan import Caller, Plan, Shift
from engine.simulation.world import World
from engine.skills import SkillNeed

DESK = QueueSettings("desk", "Desk", wrap_up_s=0.0)
HOUR_MS = 3_600_000


def caller(at_s: float, service_s: float = 100.0, **fields: object) -> Caller:
    """A caller at the desk."""
    known: dict[str, object] = {"queue_id": "desk"} | fields
    return Caller(arrived_ms=round(at_s * 1_000), service_ms=round(service_s * 1_000), **known)  # type: ignore[arg-type]


def plan(
    callers: list[Caller],
    *agents: str,
    queue: QueueSettings = DESK,
    answer: Duration = Fixed(0.0),  # noqa: B008 - a frozen value
    shifts: tuple[Shift, ...] | None = None,
) -> Plan:
    """One desk, and agents who are always there unless shifts say otherwise."""
    settings = tuple(AgentSettings(agent_id, (queue.queue_id,)) for agent_id in agents)
    always = tuple(Shift(agent_id, 0, FOREVER_MS) for agent_id in agents)
    return Plan(
        queues=(queue,),
        agents=settings,
        shifts=always if shifts is None else shifts,
        callers=callers,
        answer=answer,
    )


def lived(
    planned: Plan, seed: int = 1, *, until_ms: int = FOREVER_MS, watch: Callable[[House], None] | None = None
) -> tuple[list[Fate], World]:
    """Every fate by arrival, and the world as it was at the end."""
    fates: list[Fate] = []
    world = World(planned, Random(seed), fates.append, watch)
    world.run(until_ms)
    return sorted(fates, key=lambda fate: fate.number), world


def drawn_plan(seed: int) -> Plan:
    """A morning with a bit of everything that routing knows."""
    rng = Random(seed)
    queues = tuple(
        QueueSettings(
            f"q{number}",
            f"Queue {number}",
            strategy=rng.choice(list(Strategy)),
            priority_credit_s=rng.choice([None, 60.0]),
            offer_timeout_s=rng.choice([5.0, 20.0]),
            wrap_up_s=rng.choice([0.0, 15.0]),
            length_max=rng.choice([3, 100]),
            rona_away_after=rng.choice([1, 2]),
        )
        for number in range(rng.randint(1, 3))
    )
    names = [queue.queue_id for queue in queues]
    agents = tuple(
        AgentSettings(
            f"a{number}",
            tuple(rng.sample(names, rng.randint(1, len(names)))),
            {skill: rng.randint(1, 10) for skill in ("english", "welsh") if rng.random() < 0.7},
            capacity=rng.choice([1, 1, 2]),
        )
        for number in range(rng.randint(1, 6))
    )
    shifts = []
    for agent in agents:
        start_ms = rng.randrange(HOUR_MS // 2)
        shifts.append(Shift(agent.agent_id, start_ms, start_ms + rng.randrange(HOUR_MS)))
    answer: Duration = rng.choice((Fixed(0.0), Fixed(3.0), Exponential(6.0)))
    return Plan(
        queues=queues,
        agents=agents,
        shifts=tuple(shifts),
        callers=list(_callers(rng, names)),
        answer=answer,
    )


def _callers(rng: Random, names: list[str]) -> Iterator[Caller]:
    at_ms = 0.0
    service, patience = LogNormal(60.0, 1.0), Exponential(120.0)
    for _ in range(rng.randint(20, 120)):
        at_ms += rng.expovariate(1 / 25_000)
        skill = rng.choice([None, None, "english", "welsh"])
        yield Caller(
            arrived_ms=int(at_ms),
            queue_id=rng.choice(names),
            service_ms=draw_ms(service, rng),
            patience_ms=draw_ms(patience, rng) if rng.random() < 0.8 else None,
            priority=rng.choice([None, 0, 3]),
            needs=(SkillNeed(skill, rng.randint(1, 8)),) if skill is not None else (),
        )
