"""The load of a house that faults strike: callers without end, agents who answer, and callers who only wait."""

import asyncio
import contextlib
import math
import secrets
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from random import Random

import msgspec

from benchmarks.calls.ledger import Ledger
from benchmarks.calls.people import People
from benchmarks.calls.plan import LoadPlan
from benchmarks.calls.run import Progress, Target, configure
from web.client import Client

LOOK_S = 0.05
SETTLE_S_MAX = 60.0
WAITING_MAX = 2
DRAIN_S_MAX = 120.0
OCCUPANCY = 0.5
"""Agents have time to make up for what a fault held up."""
WRAP_UP_SHARE = 0.2
HELD_LENGTH_MAX = 100_000


class Crowd(msgspec.Struct, frozen=True):
    """`rate`: calls a second. `open_calls`: callers who wait all the time in a line that nobody serves."""

    rate: float
    agents: int
    open_calls: int
    seed: int


class Load:
    """People at work. Times are of `time.perf_counter`."""

    def __init__(self, people: People, ledger: Ledger, crowd: Crowd) -> None:
        self.ledger = ledger
        self.held: set[str] = set()
        self.begun_s = time.perf_counter()
        self._people = people
        self._rng = Random(crowd.seed)  # noqa: S311 - a seeded load, not a secret
        self._rate = crowd.rate
        self._calling: asyncio.Task[None] | None = None

    @property
    def refusals(self) -> dict[str, int]:
        return self._people.refusals

    @property
    def reconnects(self) -> int:
        return self._people.reconnects

    def begin(self) -> None:
        """From now on people call."""
        self.begun_s = time.perf_counter()
        calling = self._people.call_on_schedule(self._arrivals_s(), self.begun_s)
        self._calling = asyncio.get_running_loop().create_task(calling)

    async def rings_again(self, within_s: float) -> bool:
        """Wait until a call that arrives from now on rings; False if none does in time."""
        since_s = time.perf_counter()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(within_s):
                while not self._has_rung_since(since_s):  # noqa: ASYNC110 - a ledger is not told what somebody waits for
                    await asyncio.sleep(LOOK_S)
                return True
        return False

    async def settled(self) -> None:
        """Wait until nobody waits for long, so that a fault does not pay for the line that the last one left; or for
        `SETTLE_S_MAX`.
        """
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(SETTLE_S_MAX):
                while self._waiting() > WAITING_MAX:  # noqa: ASYNC110 - as above
                    await asyncio.sleep(LOOK_S)

    async def drain(self) -> None:
        """Nobody calls any more; wait until every call is over, or for `DRAIN_S_MAX`."""
        await self.stop()
        self.ledger.complete()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(DRAIN_S_MAX):
                await self.ledger.settled.wait()

    async def stop(self) -> None:
        if self._calling is not None:
            self._calling.cancel()
            await asyncio.gather(self._calling, return_exceptions=True)

    def _waiting(self) -> int:
        return sum(1 for call_id in self.ledger.not_over if self.ledger.calls[call_id].rang_s is None)

    def _has_rung_since(self, since_s: float) -> bool:
        for one in reversed(self.ledger.calls.values()):
            if one.scheduled_s <= since_s:
                return False
            if one.rang_s is not None:
                return True
        return False

    def _arrivals_s(self) -> Iterator[float]:
        at_s = 0.0
        while True:
            at_s += self._rng.expovariate(self._rate)
            yield at_s


@asynccontextmanager
async def loaded(target: Target, crowd: Crowd, progress: Progress) -> AsyncIterator[Load]:
    """Queues and agents of this run alone, everybody signed in and in their places."""
    handling_s = OCCUPANCY * crowd.agents / crowd.rate
    plan = LoadPlan(
        rate=crowd.rate,
        agents=crowd.agents,
        seconds=math.inf,
        talk_s=handling_s * (1 - WRAP_UP_SHARE),
        wrap_up_s=handling_s * WRAP_UP_SHARE,
        seed=crowd.seed,
    )
    ledger = Ledger()
    async with Client(target.url) as client:
        await client.sign_in(target.clinic, target.login, target.password.reveal())
        people = People(client, plan, ledger, secrets.token_hex(3), time.perf_counter)
        await configure(client, people, progress)
        load = Load(people, ledger, crowd)
        try:
            progress.step("Softphones", crowd.agents)
            await people.sign_in(progress.advance)
            if crowd.open_calls:
                held_id = f"{people.queue_id}-held"
                await client.put_queue(held_id, {"name": "Held", "length_max": HELD_LENGTH_MAX})
                load.held.update(await people.queue_up(crowd.open_calls, held_id))
            load.begin()
            yield load
        finally:
            await load.stop()
            await people.sign_out()
