"""A connection that comes back: when it is lost, a new one is made and what waits for it goes on."""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

import aiohttp

from web.client import ClientError, Connection, ConnectionClosedError

RECONNECT_S = 0.2
UNDECIDED = frozenset({"outcome_unknown", "unavailable", "overloaded", "store_unavailable"})
"""Codes after which the same command is sent again."""

Frame = Mapping[str, Any]


class SteadyConnection:
    """Keeps one connection alive. `on_connect` runs on every new one, before anything else is sent on it."""

    def __init__(
        self,
        connect: Callable[[], Awaitable[Connection]],
        on_connect: Callable[[Connection], Awaitable[None]],
        on_frame: Callable[[Frame], None],
    ) -> None:
        self._connect = connect
        self._on_connect = on_connect
        self._on_frame = on_frame
        self._current: Connection | None = None
        self._up = asyncio.Event()
        self.reconnects = 0
        self._task = asyncio.get_running_loop().create_task(self._keep())

    async def up(self) -> None:
        """Wait for the connection."""
        await self._up.wait()

    async def close(self) -> None:
        self._task.cancel()
        await asyncio.gather(self._task, return_exceptions=True)

    async def insist(self, command: dict[str, Any], patience_s: float) -> str:
        """Send a command, again with the same id while its outcome is unknown; its code in the end."""
        code = "outcome_unknown"
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(patience_s):
                while True:
                    await self._up.wait()
                    assert self._current is not None
                    with contextlib.suppress(ConnectionClosedError):
                        code = str((await self._current.command(command))["code"])
                        if code not in UNDECIDED:
                            return code
                    await asyncio.sleep(RECONNECT_S)
        return code

    async def _keep(self) -> None:
        while True:
            with contextlib.suppress(aiohttp.ClientError, ClientError, ConnectionClosedError, OSError, TimeoutError):
                await self._one()
            self._up.clear()
            self.reconnects += 1
            await asyncio.sleep(RECONNECT_S)

    async def _one(self) -> None:
        self._current = connection = await self._connect()
        try:
            await self._on_connect(connection)
            self._up.set()
            async for frame in connection.frames():
                self._on_frame(frame)
        finally:
            self._up.clear()
            await connection.close()
