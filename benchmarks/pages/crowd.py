"""A clinic on its worst day, through the running system: many agents who talk and leave and come back, and a long line.

Two queues: one is served, by all agents; the other by nobody, so that exactly as many wait there as were asked for.
Its callers give up and others take their place.
"""

import asyncio
import contextlib
import itertools
from collections.abc import AsyncIterator, Coroutine, Iterable
from random import Random
from typing import Any

import msgspec

from benchmarks.calls.doors import Doors
from benchmarks.calls.ledger import Ledger
from benchmarks.calls.softphones import Softphones
from benchmarks.calls.steady import SteadyConnection
from web.client import Client

SERVED, LINE = "bench-served", "bench-line"
NOBODYS_SKILL = "bench-nobody"
AT_ONCE = 32
TALK_S, WRAP_UP_S = 8.0, 3.0
NAMES = 10_000
"""Different callers."""


class Plan(msgspec.Struct, frozen=True):
    """How large, and how often something happens. `changes_per_s`: served calls, callers who give up and are replaced,
    agents who go or come, a third each.
    """

    agents: int
    waiting: int
    changes_per_s: float
    seed: int = 1


class Crowd:
    """The people of the clinic. `grow` puts them there; `live` lets things happen until it is cancelled."""

    def __init__(self, client: Client, plan: Plan, doors: Doors, run_id: str) -> None:
        self._client = client
        self._plan = plan
        self._doors = doors
        self._run_id = run_id
        self._rng = Random(plan.seed)  # noqa: S311 - a seeded load, not a secret
        self._ids = itertools.count()
        self._waiting: list[str] = []
        self._agent_ids = [f"bench-agent-{number:03d}" for number in range(plan.agents)]
        self._away: set[str] = set()
        loop = asyncio.get_running_loop()
        self._softphones = Softphones(
            doors,
            Ledger(),
            loop.time,
            talk_s=lambda _: self._rng.expovariate(1 / TALK_S),
            wrap_up_s=lambda _: self._rng.expovariate(1 / WRAP_UP_S),
        )
        self._door: SteadyConnection | None = None
        self.changes = 0

    async def grow(self) -> None:
        await self._client.put_queue(SERVED, {"name": "Appointments, all sites", "wrap_up_s": 60.0})
        line = {"name": "Call-backs", "needs": [{"skill": NOBODYS_SKILL}], "length_max": 100_000}
        await self._client.put_queue(LINE, line)
        await _all(self._client.put_agent(agent_id, {"queues": [SERVED]}) for agent_id in self._agent_ids)
        self._door = self._doors.open([], lambda _: None)
        await self._door.up()
        await self._softphones.attach(self._agent_ids)
        await _all(self._softphones.choose(agent_id, "available") for agent_id in self._agent_ids)
        await _all(self._arrive() for _ in range(self._plan.waiting))

    async def live(self) -> None:
        """Changes at random moments, each one beside the others."""
        kinds = (self._call, self._give_up, self._come_or_go)
        for kind in itertools.cycle(kinds):
            await asyncio.sleep(self._rng.expovariate(self._plan.changes_per_s))
            self._doors.spawn(kind())
            self.changes += 1

    async def leave(self) -> None:
        """Nobody waits or works any more."""
        await _all(self._hang_up(call_id) for call_id in self._waiting)
        await _all(self._softphones.choose(agent_id, "offline") for agent_id in self._agent_ids)

    async def _arrive(self) -> None:
        call_id = await self._enqueue(LINE)
        self._waiting.append(call_id)

    async def _call(self) -> None:
        await self._enqueue(SERVED)

    async def _give_up(self) -> None:
        if self._waiting:
            await self._hang_up(self._waiting.pop(self._rng.randrange(len(self._waiting))))
        await self._arrive()

    async def _come_or_go(self) -> None:
        agent_id = self._rng.choice(self._agent_ids)
        comes = agent_id in self._away
        (self._away.discard if comes else self._away.add)(agent_id)
        await self._softphones.choose(agent_id, "available" if comes else "away")

    async def _enqueue(self, queue_id: str) -> str:
        assert self._door is not None
        call_id = f"{self._run_id}-{next(self._ids)}"
        caller = {"number": f"+431{self._rng.randrange(NAMES):07d}", "name": f"Caller {self._rng.randrange(NAMES)}"}
        body = {"type": "enqueue_call", "call_id": call_id, "queue_id": queue_id, "caller": caller}
        await self._doors.command(self._door, body)
        return call_id

    async def _hang_up(self, call_id: str) -> None:
        assert self._door is not None
        await self._doors.command(self._door, {"type": "hang_up_call", "call_id": call_id})


@contextlib.asynccontextmanager
async def crowded(client: Client, plan: Plan, run_id: str) -> AsyncIterator[Crowd]:
    """The crowd, in motion for as long as the block lasts; then it goes home."""
    doors = Doors(client, run_id)
    crowd = Crowd(client, plan, doors, run_id)
    try:
        await crowd.grow()
        living = asyncio.get_running_loop().create_task(crowd.live())
        try:
            yield crowd
        finally:
            living.cancel()
            await asyncio.gather(living, return_exceptions=True)
            await crowd.leave()
    finally:
        await doors.close()


async def _all(works: Iterable[Coroutine[Any, Any, object]]) -> None:
    """Do all of them, a few at once."""
    gate = asyncio.Semaphore(AT_ONCE)

    async def one(work: Coroutine[Any, Any, object]) -> None:
        async with gate:
            await work

    await asyncio.gather(*map(one, works))
