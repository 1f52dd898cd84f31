"""What people of a load have in common at the doors: connections that come back, and commands sent until it is known
what became of them.
"""

import asyncio
import itertools
from collections.abc import Callable, Coroutine, Sequence
from typing import Any

from benchmarks.calls.steady import Frame, SteadyConnection
from web.client import Client, Connection

COMMAND_EXPIRES_MS = 20_000


class Doors:
    """Connections and tasks of one run; `close` ends them all. `refusals` counts commands by the code of their no."""

    def __init__(self, client: Client, run_id: str) -> None:
        self._client = client
        self._run_id = run_id
        self._ids = itertools.count()
        self._tasks: set[asyncio.Task[None]] = set()
        self._connections: list[SteadyConnection] = []
        self._reconnects = 0
        self.refusals: dict[str, int] = {}

    @property
    def reconnects(self) -> int:
        return self._reconnects + sum(connection.reconnects for connection in self._connections)

    def open(self, agent_ids: Sequence[str], on_frame: Callable[[Frame], None]) -> SteadyConnection:
        """A connection with a ticket of its own that is the softphone of these agents, or of none."""

        async def connect() -> Connection:
            return await self._client.connect(ticket=await self._client.make_ticket(agent_ids), msgpack=True)

        async def attach(connection: Connection) -> None:
            if agent_ids:
                await connection.send({"type": "attach_agent", "agent_ids": list(agent_ids)})

        connection = SteadyConnection(connect, attach, on_frame)
        self._connections.append(connection)
        return connection

    async def shut(self, connection: SteadyConnection) -> None:
        """Close one that is needed no more."""
        self._connections.remove(connection)
        self._reconnects += connection.reconnects
        await connection.close()

    async def command(self, connection: SteadyConnection, body: dict[str, Any]) -> str:
        """Send until the outcome is known; its code."""
        command = body | {"command_id": f"{self._run_id}-{next(self._ids)}", "expires_in_ms": COMMAND_EXPIRES_MS}
        code = await connection.insist(command, COMMAND_EXPIRES_MS / 1_000)
        if code != "ok":
            self.refusals[code] = self.refusals.get(code, 0) + 1
        return code

    def spawn(self, work: Coroutine[Any, Any, None]) -> None:
        """Do it beside everything else."""
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def close(self) -> None:
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await asyncio.gather(*(connection.close() for connection in self._connections))
