"""What gateways share, over a real Valkey that goes away and comes back."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Self

import pytest
from redis.asyncio import Redis

from scripts.embedded.valkey import EmbeddedValkey
from web import shared as module
from web.shared import RedisShared, SharedUnavailableError

pytestmark = pytest.mark.integration


@pytest.fixture
async def redis(redis_url: str) -> AsyncIterator[Redis]:
    async with Redis.from_url(redis_url) as redis:
        yield redis


class Hearing:
    """A shared store whose messages are carried, and what was heard on one channel."""

    def __init__(self, redis: Redis) -> None:
        self.shared = RedisShared(redis)
        self.heard: asyncio.Queue[bytes] = asyncio.Queue()
        self.resets: asyncio.Queue[None] = asyncio.Queue()
        self.shared.on_reset(lambda: self.resets.put_nowait(None))

    async def __aenter__(self) -> Self:
        self._task = asyncio.ensure_future(self.shared.run())
        await asyncio.wait_for(self.resets.get(), 10)
        return self

    async def __aexit__(self, *_: object) -> None:
        self._task.cancel()
        await asyncio.gather(self._task, return_exceptions=True)

    async def next(self) -> bytes:
        return await asyncio.wait_for(self.heard.get(), 10)


async def test_counter_then_it_counts_within_a_window_that_ends(redis: Redis) -> None:
    shared = RedisShared(redis)
    assert await shared.count("k", 60) == (1, 60)
    assert (await shared.count("k", 60))[0] == 2
    await shared.uncount("k", 60)
    assert (await shared.count("k", 60))[0] == 2
    assert 0 < await redis.ttl("k") <= 60
    await shared.forget("k")
    assert (await shared.count("k", 60))[0] == 1
    await shared.uncount("never-counted", 60)
    assert 0 < await redis.ttl("never-counted") <= 60


async def test_value_then_it_is_taken_once_and_not_kept_longer_than_asked(redis: Redis) -> None:
    shared = RedisShared(redis)
    await shared.put("ticket:x", b"value", 60)
    assert 0 < await redis.ttl("ticket:x") <= 60
    assert [await shared.take("ticket:x"), await shared.take("ticket:x")] == [b"value", None]


async def test_channel_listened_to_before_and_after_the_connection_then_both_are_heard(redis: Redis) -> None:
    hearing = Hearing(redis)
    await hearing.shared.listen("early", hearing.heard.put_nowait)
    async with hearing:
        await hearing.shared.publish("early", b"1")
        assert await hearing.next() == b"1"
        stop = await hearing.shared.listen("late", hearing.heard.put_nowait)
        await hearing.shared.publish("late", b"2")
        assert await hearing.next() == b"2"
        stop()
        await hearing.shared.publish("late", b"3")
        await hearing.shared.publish("early", b"4")
        assert await hearing.next() == b"4"
        await hearing.shared.listen("late", hearing.heard.put_nowait)
        await hearing.shared.publish("late", b"5")
        assert await hearing.next() == b"5"


async def test_channel_listened_to_while_connecting_then_it_is_heard(redis: Redis) -> None:
    for pauses in range(12):
        hearing = Hearing(redis)
        async with asyncio.TaskGroup() as group:
            entering = group.create_task(hearing.__aenter__())
            for _ in range(pauses):
                await asyncio.sleep(0)
            await hearing.shared.listen("c", hearing.heard.put_nowait)
            await entering
        await hearing.shared.publish("c", b"heard")
        assert await hearing.next() == b"heard"
        await hearing.__aexit__()


async def test_store_goes_away_and_comes_back_then_everyone_is_told_and_hears_again(
    state_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "RECONNECT_S", 0.05)
    valkey = EmbeddedValkey(state_dir)
    valkey.start()
    try:
        async with Redis.from_url(valkey.redis_url) as redis, Hearing(redis) as hearing:
            await hearing.shared.listen("c", hearing.heard.put_nowait)
            await asyncio.to_thread(valkey.stop)
            await asyncio.wait_for(hearing.resets.get(), 10)
            with pytest.raises(SharedUnavailableError):
                await hearing.shared.ping()
            await asyncio.to_thread(valkey.start)
            await hearing.shared.ping()
            async with asyncio.timeout(10):
                while hearing.heard.empty():
                    await hearing.shared.publish("c", b"back")
                    await asyncio.sleep(0.02)
            assert await hearing.next() == b"back"
    finally:
        await asyncio.to_thread(valkey.stop)
