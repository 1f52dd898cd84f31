"""The proxy carries bytes as they are, and does to connections what it is told."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from random import Random

import pytest

from benchmarks.chaos.proxy import HOST, Proxy, Streams, Weather, to_port

WITHIN_S = 30.0
Dial = Callable[[Proxy], Awaitable[Streams]]
PAYLOAD = bytes(range(256)) * 40


@asynccontextmanager
async def server(name: bytes) -> AsyncIterator[int]:
    """Says its name, then repeats what it hears; its port."""

    async def repeat(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(name)
        with contextlib.suppress(OSError):
            while data := await reader.read(4096):
                writer.write(data)
                await writer.drain()
        writer.close()

    listening = await asyncio.start_server(repeat, HOST, 0)
    try:
        yield listening.sockets[0].getsockname()[1]
    finally:
        listening.close()
        await listening.wait_closed()


@pytest.fixture
async def proxy() -> AsyncIterator[Proxy]:
    async with server(b"a") as port, Proxy([to_port(port)]) as proxy:
        yield proxy


@pytest.fixture
async def dial() -> AsyncIterator[Dial]:
    """Makes connections through a proxy that have been carried to the server and back."""
    made: list[asyncio.StreamWriter] = []

    async def one(proxy: Proxy) -> Streams:
        async with asyncio.timeout(WITHIN_S):
            reader, writer = await asyncio.open_connection(HOST, proxy.port)
            made.append(writer)
            assert len(await reader.readexactly(1)) == 1
        return reader, writer

    yield one
    for writer in made:
        writer.close()
        with contextlib.suppress(ConnectionError):
            await writer.wait_closed()


async def said_back(streams: Streams, payload: bytes) -> bytes:
    reader, writer = streams
    async with asyncio.timeout(WITHIN_S):
        writer.write(payload)
        return await reader.readexactly(len(payload))


async def is_over(streams: Streams) -> bool:
    """Whether nothing comes any more, after an orderly end or a break."""
    async with asyncio.timeout(WITHIN_S):
        with contextlib.suppress(ConnectionError):
            return await streams[0].read() == b""
    return True


@pytest.mark.parametrize("weather", [Weather(), Weather(delay_s=0.02), Weather(bytes_per_s=200_000.0)])
async def test_any_weather_then_every_byte_arrives_in_order(proxy: Proxy, dial: Dial, weather: Weather) -> None:
    proxy.weather = weather
    assert await said_back(await dial(proxy), PAYLOAD) == PAYLOAD


async def test_delay_then_nothing_arrives_before_it_is_over_and_a_cut_does_not_wait_for_it(
    proxy: Proxy, dial: Dial
) -> None:
    streams = await dial(proxy)
    proxy.weather = Weather(delay_s=3_600.0)
    streams[1].write(b"x")
    reading = asyncio.create_task(is_over(streams))
    for _ in range(100):
        await asyncio.sleep(0)
    assert not reading.done()
    assert proxy.cut() == 1
    assert await reading


async def test_cut_then_every_connection_ends_and_a_new_one_is_carried(proxy: Proxy, dial: Dial) -> None:
    both = [await dial(proxy), await dial(proxy)]
    assert proxy.cut() == 2
    assert [await is_over(streams) for streams in both] == [True, True]
    assert await said_back(await dial(proxy), b"again") == b"again"


@pytest.mark.parametrize("seed", range(4))
async def test_half_closed_then_the_connection_ends_in_order_and_a_new_one_is_carried(
    proxy: Proxy, dial: Dial, seed: int
) -> None:
    streams = await dial(proxy)
    assert proxy.half_close(Random(seed)) == 1
    assert await is_over(streams)
    assert await said_back(await dial(proxy), b"again") == b"again"


async def test_one_of_two_servers_gone_then_the_other_is_reached_every_time(dial: Dial) -> None:
    async with server(b"b") as gone:
        pass
    async with server(b"c") as port, Proxy([to_port(gone), to_port(port)]) as proxy:
        assert [await said_back(await dial(proxy), b"x") for _ in range(4)] == [b"x"] * 4


async def test_no_server_listens_then_the_connection_is_closed_and_not_held() -> None:
    async with server(b"a") as gone:
        pass
    async with Proxy([to_port(gone)]) as proxy:
        reader, writer = await asyncio.open_connection(HOST, proxy.port)
        assert await is_over((reader, writer))
        writer.close()
        await writer.wait_closed()
        assert proxy.connections == 0
