"""Writes held back together, on a real socket."""

import asyncio
import socket
from collections.abc import AsyncIterator

import pytest

from web.cork import TCP_CORK, corked

Ends = tuple[asyncio.StreamWriter, asyncio.StreamReader]


@pytest.fixture
async def ends() -> AsyncIterator[Ends]:
    """A connection on loopback: the writer of one end, the reader of the other."""
    arrived: asyncio.Future[tuple[asyncio.StreamReader, asyncio.StreamWriter]] = asyncio.Future()
    async with await asyncio.start_server(lambda *pair: arrived.set_result(pair), "127.0.0.1", 0) as server:
        _, writer = await asyncio.open_connection(*server.sockets[0].getsockname())
        reader, other = await arrived
        yield writer, reader
        for end in (writer, other):
            end.close()
            await end.wait_closed()


@pytest.mark.skipif(TCP_CORK is None, reason="this system cannot hold writes back")
async def test_writes_held_back_then_they_arrive_as_one_and_the_plug_is_out(ends: Ends) -> None:
    writer, reader = ends
    with corked(writer.transport):
        for word in (b"one ", b"two ", b"three"):
            writer.write(word)
            await asyncio.sleep(0)
    assert await reader.read(100) == b"one two three"
    assert TCP_CORK is not None
    assert writer.get_extra_info("socket").getsockopt(socket.IPPROTO_TCP, TCP_CORK) == 0


async def test_closed_meanwhile_then_nothing_is_raised(ends: Ends) -> None:
    writer, _ = ends
    with corked(writer.transport):
        writer.close()
    assert writer.is_closing()
