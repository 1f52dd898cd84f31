"""The people of a load: callers who arrive on schedule, and agents who answer, talk, hang up and wrap up.

They speak the public websocket protocol and nothing else. Agents answer every ring at once, so that what is measured is
the system and not the person.
"""

import asyncio
import itertools
from collections.abc import Callable, Coroutine
from random import Random
from typing import Any

from benchmarks.calls.ledger import Ledger
from benchmarks.calls.plan import LoadPlan
from benchmarks.calls.steady import Frame, SteadyConnection
from web.client import Client, Connection

COMMAND_EXPIRES_MS = 20_000
NUMBERS = 10_000
"""Different callers in a load; returning callers are the normal case in a clinic."""
AGENTS_PER_SOCKET = 500
"""With `multiplex`: how many softphones share one websocket."""


class People:
    """Everyone in a run, with one account of what they saw. `now_s` is the client's clock."""

    def __init__(self, client: Client, plan: LoadPlan, ledger: Ledger, run_id: str, now_s: Callable[[], float]) -> None:
        self._client = client
        self._plan = plan
        self._ledger = ledger
        self._run_id = run_id
        self._now_s = now_s
        self._rng = Random(plan.seed + 1)  # noqa: S311 - a seeded load, not a secret
        self._ids = itertools.count()
        self._tasks: set[asyncio.Task[None]] = set()
        self._begun: set[tuple[str, str]] = set()
        self._talking: dict[str, set[str]] = {}
        self._softphones: dict[str, SteadyConnection] = {}
        self._door: SteadyConnection | None = None
        self.queue_id = f"bench-{run_id}"
        self.agent_ids = [f"bench-{run_id}-a{index}" for index in range(plan.agents)]
        self.refusals: dict[str, int] = {}

    async def sign_in(self, on_progress: Callable[[int], None]) -> None:
        """Open the callers' door, and give every agent a softphone: a websocket each, or one for many."""
        self._door = self._steady([], lambda _: None)
        await self._door.up()
        size = AGENTS_PER_SOCKET if self._plan.multiplex else 1
        for at in range(0, len(self.agent_ids), size):
            group = self.agent_ids[at : at + size]
            connection = self._steady(group, self._see)
            await connection.up()
            for agent_id in group:
                self._softphones[agent_id] = connection
            presences = [
                self._command(connection, {"type": "set_presence", "agent_id": agent_id, "presence": "available"})
                for agent_id in group
            ]
            await asyncio.gather(*presences)
            on_progress(len(group))

    async def call_on_schedule(self, arrivals_s: list[float], started_s: float) -> None:
        """Arrivals that wait for nothing: an open loop."""
        for index, at_s in enumerate(arrivals_s):
            delay_s = started_s + at_s - self._now_s()
            if delay_s > 0:
                await asyncio.sleep(delay_s)
            call_id = f"{self.queue_id}-k{index}"
            self._ledger.scheduled(call_id, started_s + at_s)
            self._spawn(self._arrive(call_id))

    @property
    def reconnects(self) -> int:
        return sum(connection.reconnects for connection in set(self._softphones.values()))

    async def sign_out(self) -> None:
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        connections = {*self._softphones.values(), *([self._door] if self._door is not None else [])}
        await asyncio.gather(*(connection.close() for connection in connections))

    def _steady(self, agent_ids: list[str], on_frame: Callable[[Frame], None]) -> SteadyConnection:
        async def connect() -> Connection:
            return await self._client.connect(ticket=await self._client.make_ticket(agent_ids), msgpack=True)

        async def attach(connection: Connection) -> None:
            if agent_ids:
                await connection.send({"type": "attach_agent", "agent_ids": agent_ids})

        return SteadyConnection(connect, attach, on_frame)

    async def _arrive(self, call_id: str) -> None:
        assert self._door is not None
        number = f"+431{self._rng.randrange(NUMBERS):07d}"
        body = {"type": "enqueue_call", "call_id": call_id, "queue_id": self.queue_id, "caller": {"number": number}}
        self._ledger.answered(call_id, await self._command(self._door, body), self._now_s())

    def _see(self, frame: Frame) -> None:
        """An agent as of now: note what is new, and do the next thing about each engagement, once."""
        if frame["type"] != "agent":
            return
        now_s, agent_id = self._now_s(), frame["agent_id"]
        talking = {held["call_id"] for held in frame["engagements"] if held["state"] == "live"}
        for call_id in self._talking.get(agent_id, set()) - talking:
            self._ledger.ended(call_id, now_s)
        self._talking[agent_id] = talking
        for held in frame["engagements"]:
            self._engage(agent_id, held, now_s)

    def _engage(self, agent_id: str, held: Frame, now_s: float) -> None:
        call_id, offer_id, state = held["call_id"], held["offer_id"], held["state"]
        match state:
            case "ringing":
                self._ledger.rang(call_id, now_s)
            case "live":
                self._ledger.connected(call_id, offer_id, now_s)
        if (offer_id, state) not in self._begun:
            self._begun.add((offer_id, state))
            match state:
                case "ringing":
                    self._spawn(self._accept(agent_id, offer_id))
                case "live":
                    self._spawn(self._talk(agent_id, call_id))
                case "wrap_up":
                    self._spawn(self._wrap_up(agent_id, call_id))

    async def _accept(self, agent_id: str, offer_id: str) -> None:
        await self._do(agent_id, {"type": "accept_offer", "offer_id": offer_id})

    async def _talk(self, agent_id: str, call_id: str) -> None:
        await asyncio.sleep(self._rng.expovariate(1 / self._plan.talk_s))
        await self._do(agent_id, {"type": "hang_up_call", "call_id": call_id})

    async def _wrap_up(self, agent_id: str, call_id: str) -> None:
        if self._plan.wrap_up_s:
            await asyncio.sleep(self._rng.expovariate(1 / self._plan.wrap_up_s))
        await self._do(agent_id, {"type": "complete_wrap_up", "call_id": call_id, "disposition": "booked"})

    async def _do(self, agent_id: str, body: dict[str, Any]) -> None:
        await self._command(self._softphones[agent_id], body | {"agent_id": agent_id})

    async def _command(self, connection: SteadyConnection, body: dict[str, Any]) -> str:
        """Send until the outcome is known; its code. Refusals are counted by code."""
        command = body | {"command_id": f"{self._run_id}-{next(self._ids)}", "expires_in_ms": COMMAND_EXPIRES_MS}
        code = await connection.insist(command, COMMAND_EXPIRES_MS / 1_000)
        if code != "ok":
            self.refusals[code] = self.refusals.get(code, 0) + 1
        return code

    def _spawn(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
