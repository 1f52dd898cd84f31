"""A small proxy for byte streams whose connections can be cut, delayed, half-closed and throttled.

It stands before the gateways, as a load balancer would, and between the house and its database. It knows nothing of
what it carries.
"""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Sequence
from random import Random
from typing import Self

import msgspec

READ_BYTES_MAX = 65_536
THROTTLE_TICK_S = 0.05
HOST = "127.0.0.1"

Streams = tuple[asyncio.StreamReader, asyncio.StreamWriter]
Reach = Callable[[], Awaitable[Streams]]
"""Opens a connection to one of the servers behind. Raises `OSError` where nobody listens."""


class Weather(msgspec.Struct, frozen=True):
    """What bytes on the way go through. `delay_s`: each read waits so long. `bytes_per_s`: of one direction of one
    connection; None: as fast as it goes.
    """

    delay_s: float = 0.0
    bytes_per_s: float | None = None


FAIR = Weather()


class Proxy:
    """Listens on a port of the loopback, and carries each connection to the next of the servers that answers."""

    def __init__(self, servers: Sequence[Reach]) -> None:
        self._servers = list(servers)
        self._next = 0
        self._pairs: dict[int, tuple[asyncio.StreamWriter, asyncio.StreamWriter]] = {}
        self._carried: set[asyncio.Task[None]] = set()
        self._server: asyncio.Server | None = None
        self.weather = FAIR

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._accept, HOST, 0)
        return self

    async def __aexit__(self, *_: object) -> None:
        assert self._server is not None
        self._server.close()
        for task in list(self._carried):
            task.cancel()
        await asyncio.gather(*self._carried, return_exceptions=True)
        await self._server.wait_closed()

    @property
    def port(self) -> int:
        assert self._server is not None
        port: int = self._server.sockets[0].getsockname()[1]
        return port

    @property
    def connections(self) -> int:
        """How many are carried now."""
        return len(self._pairs)

    def cut(self) -> int:
        """Break every connection off without a goodbye, on both sides; how many."""
        pairs = list(self._pairs.values())
        for pair in pairs:
            _abort(pair)
        return len(pairs)

    def half_close(self, rng: Random) -> int:
        """End one direction of every connection: what is under way the other way still arrives. How many."""
        pairs = list(self._pairs.values())
        for pair in pairs:
            with contextlib.suppress(OSError, RuntimeError):  # it may be closing already
                pair[rng.randrange(2)].write_eof()
        return len(pairs)

    def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.get_running_loop().create_task(self._carry(reader, writer))
        self._carried.add(task)
        task.add_done_callback(self._carried.discard)

    async def _carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Both directions, until both have ended or either breaks."""
        behind: asyncio.StreamWriter | None = None
        try:
            streams = await self._reach()
            if streams is None:
                return
            answers, behind = streams
            pair = self._pairs[id(writer)] = (writer, behind)
            async with asyncio.TaskGroup() as directions:
                directions.create_task(self._pump(reader, behind, pair))
                directions.create_task(self._pump(answers, writer, pair))
        finally:
            self._pairs.pop(id(writer), None)
            for end in (writer, behind):
                if end is not None:
                    end.transport.abort()

    async def _reach(self) -> Streams | None:
        for _ in self._servers:
            reach = self._servers[self._next % len(self._servers)]
            self._next += 1
            with contextlib.suppress(OSError):
                return await reach()
        return None

    async def _pump(
        self,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        pair: tuple[asyncio.StreamWriter, asyncio.StreamWriter],
    ) -> None:
        """One direction. Its orderly end is passed on; a break breaks the other direction, too."""
        try:
            while data := await reader.read(READ_BYTES_MAX):
                await self._pass_on(data, writer)
            writer.write_eof()
        except (OSError, RuntimeError):  # RuntimeError: written to after it was half-closed
            _abort(pair)

    async def _pass_on(self, data: bytes, writer: asyncio.StreamWriter) -> None:
        if self.weather.delay_s:
            await asyncio.sleep(self.weather.delay_s)
        at = 0
        while at < len(data):
            rate = self.weather.bytes_per_s
            size = len(data) if rate is None else max(1, int(rate * THROTTLE_TICK_S))
            writer.write(data[at : at + size])
            await writer.drain()
            at += size
            if rate is not None:
                await asyncio.sleep(THROTTLE_TICK_S)


def _abort(pair: tuple[asyncio.StreamWriter, asyncio.StreamWriter]) -> None:
    for writer in pair:
        writer.transport.abort()


def to_port(port: int) -> Reach:
    """A server on this machine's loopback."""
    return lambda: asyncio.open_connection(HOST, port)


def to_socket(path: str) -> Reach:
    """A server behind a Unix socket."""
    return lambda: asyncio.open_unix_connection(path)
