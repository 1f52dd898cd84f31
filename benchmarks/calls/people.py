"""The people of a load: callers who arrive on schedule, and agents who answer, talk, hang up and wrap up.

They speak the public websocket protocol and nothing else.
"""

import asyncio
from collections.abc import Callable, Iterable
from random import Random

from benchmarks.calls.doors import Doors
from benchmarks.calls.ledger import Ledger
from benchmarks.calls.plan import LoadPlan
from benchmarks.calls.softphones import Softphones
from benchmarks.calls.steady import SteadyConnection
from web.client import Client

NUMBERS = 10_000
"""Different callers in a load; returning callers are the normal case in a clinic."""
AGENTS_PER_SOCKET = 500
"""With `multiplex`: how many softphones share one websocket."""
QUEUE_UP_AT_ONCE = 200


class People:
    """Everyone in a run, with one account of what they saw. `now_s` is the client's clock."""

    def __init__(self, client: Client, plan: LoadPlan, ledger: Ledger, run_id: str, now_s: Callable[[], float]) -> None:
        self._plan = plan
        self._ledger = ledger
        self._now_s = now_s
        self._rng = Random(plan.seed + 1)  # noqa: S311 - a seeded load, not a secret
        self._doors = Doors(client, run_id)
        self._softphones = Softphones(
            self._doors,
            ledger,
            now_s,
            talk_s=lambda _: self._rng.expovariate(1 / plan.talk_s),
            wrap_up_s=lambda _: self._rng.expovariate(1 / plan.wrap_up_s) if plan.wrap_up_s else 0.0,
        )
        self._door: SteadyConnection | None = None
        self.queue_id = f"bench-{run_id}"
        self.agent_ids = [f"bench-{run_id}-a{index}" for index in range(plan.agents)]

    @property
    def refusals(self) -> dict[str, int]:
        return self._doors.refusals

    @property
    def reconnects(self) -> int:
        return self._doors.reconnects

    async def sign_in(self, on_progress: Callable[[int], None]) -> None:
        """Open the callers' door, and give every agent a softphone: a websocket each, or one for many."""
        self._door = self._doors.open([], lambda _: None)
        await self._door.up()
        size = AGENTS_PER_SOCKET if self._plan.multiplex else 1
        for at in range(0, len(self.agent_ids), size):
            group = self.agent_ids[at : at + size]
            await self._softphones.attach(group)
            await asyncio.gather(*(self._softphones.choose(agent_id, "available") for agent_id in group))
            on_progress(len(group))

    async def call_on_schedule(self, arrivals_s: Iterable[float], started_s: float) -> None:
        """Arrivals that wait for nothing: an open loop."""
        for index, at_s in enumerate(arrivals_s):
            delay_s = started_s + at_s - self._now_s()
            if delay_s > 0:
                await asyncio.sleep(delay_s)
            call_id = f"{self.queue_id}-k{index}"
            self._ledger.scheduled(call_id, started_s + at_s)
            self._doors.spawn(self._arrive(call_id))

    async def queue_up(self, count: int, queue_id: str) -> list[str]:
        """Put so many callers in a line at once, outside of the schedule; the ids of those who were let in."""
        let_in: list[str] = []
        door, gate = self._door, asyncio.Semaphore(QUEUE_UP_AT_ONCE)
        assert door is not None

        async def arrive(call_id: str) -> None:
            async with gate:
                body = {"type": "enqueue_call", "call_id": call_id, "queue_id": queue_id, "caller": self._caller()}
                if await self._doors.command(door, body) == "ok":
                    let_in.append(call_id)

        await asyncio.gather(*(arrive(f"{queue_id}-w{index}") for index in range(count)))
        return let_in

    async def sign_out(self) -> None:
        await self._doors.close()

    async def _arrive(self, call_id: str) -> None:
        assert self._door is not None
        body = {"type": "enqueue_call", "call_id": call_id, "queue_id": self.queue_id, "caller": self._caller()}
        self._ledger.answered(call_id, await self._doors.command(self._door, body), self._now_s())

    def _caller(self) -> dict[str, str]:
        return {"number": f"+431{self._rng.randrange(NUMBERS):07d}"}
