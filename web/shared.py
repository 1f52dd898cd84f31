"""What gateways share for a short time: counters, one-time values, messages to each other.

It lives in Redis, which may lose all of it at any moment: nobody is signed out by that, and what is missed is asked for
again. Keys and values carry ids and hashes, nothing personal.
"""

import asyncio
import contextlib
import time
from collections.abc import Awaitable, Callable
from typing import Any, Protocol, cast

import structlog
from redis.asyncio import Redis
from redis.asyncio.client import PubSub
from redis.exceptions import RedisError

from web.failures import log_defect

RECONNECT_S = 1.0
HEAR_S = 30.0
"""How long the connection that hears messages may be silent in one wait."""
OWN_CHANNEL = "gateways"
"""Subscribed to before anybody listens, to have a connection at all."""
COUNTERS_MAX = 100_000

OnMessage = Callable[[bytes], None]


class SharedUnavailableError(Exception):
    """The shared store cannot be reached."""


class Shared(Protocol):
    """Every method but `listen` may raise `SharedUnavailableError`."""

    async def ping(self) -> None: ...

    async def count(self, key: str, window_s: int) -> tuple[int, int]:
        """Count one more; return how many there are in this window, and its seconds left."""

    async def uncount(self, key: str, window_s: int) -> None:
        """Take one back."""

    async def forget(self, key: str) -> None: ...

    async def put(self, key: str, value: bytes, lifetime_s: int) -> None: ...

    async def take(self, key: str) -> bytes | None:
        """The value, once."""

    async def publish(self, channel: str, message: bytes) -> None: ...

    async def listen(self, channel: str, on_message: OnMessage) -> Callable[[], None]:
        """Hear what is published from now on, until the returned function is called."""

    def on_reset(self, callback: Callable[[], None]) -> None:
        """Be told whenever messages may have been missed."""


class LocalCounters:
    """Counters of this process alone: what limits attempts while the shared store is away."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._counters: dict[str, tuple[int, float]] = {}

    def count(self, key: str, window_s: int) -> tuple[int, int]:
        now = self._clock()
        count, until = self._counters.pop(key, (0, 0.0))
        if until <= now:
            count, until = 0, now + window_s
        if len(self._counters) >= COUNTERS_MAX:
            del self._counters[next(iter(self._counters))]
        self._counters[key] = (count + 1, until)
        return count + 1, max(1, round(until - now))

    def uncount(self, key: str) -> None:
        count, until = self._counters.get(key, (0, 0.0))
        if count > 0:
            self._counters[key] = (count - 1, until)

    def forget(self, key: str) -> None:
        self._counters.pop(key, None)


class RedisShared:
    """Implements `Shared`. `run` carries the messages."""

    def __init__(self, redis: Redis) -> None:
        self._redis = redis
        self._listeners: dict[str, list[OnMessage]] = {}
        self._resets: list[Callable[[], None]] = []
        self._pubsub: PubSub | None = None
        self._log = structlog.get_logger(part="shared")

    async def ping(self) -> None:
        await _asked(self._redis.ping())

    async def count(self, key: str, window_s: int) -> tuple[int, int]:
        pipeline = self._redis.pipeline(transaction=True)
        pipeline.set(key, 0, ex=window_s, nx=True)
        pipeline.incr(key)
        pipeline.ttl(key)
        _, count, left_s = await _asked(pipeline.execute())
        return int(count), max(1, int(left_s))

    async def uncount(self, key: str, window_s: int) -> None:
        pipeline = self._redis.pipeline(transaction=True)
        pipeline.set(key, 1, ex=window_s, nx=True)
        pipeline.decr(key)
        await _asked(pipeline.execute())

    async def forget(self, key: str) -> None:
        await _asked(self._redis.delete(key))

    async def put(self, key: str, value: bytes, lifetime_s: int) -> None:
        await _asked(self._redis.set(key, value, ex=lifetime_s))

    async def take(self, key: str) -> bytes | None:
        return cast("bytes | None", await _asked(self._redis.getdel(key)))

    async def publish(self, channel: str, message: bytes) -> None:
        await _asked(self._redis.publish(channel, message))

    async def listen(self, channel: str, on_message: OnMessage) -> Callable[[], None]:
        is_new = channel not in self._listeners
        self._listeners.setdefault(channel, []).append(on_message)
        if is_new and self._pubsub is not None:
            with contextlib.suppress(RedisError, OSError):  # `run` subscribes to everything when it reconnects
                await self._pubsub.subscribe(channel)

        def stop() -> None:
            remaining = [one for one in self._listeners.get(channel, []) if one is not on_message]
            self._listeners[channel] = remaining

        return stop

    def on_reset(self, callback: Callable[[], None]) -> None:
        self._resets.append(callback)

    async def run(self) -> None:
        """Hear messages until cancelled, through every loss of the connection."""
        while True:
            try:
                await self._hear()
            except (RedisError, OSError) as error:
                self._log.warning("shared store lost, connecting again", error=type(error).__name__)
            finally:
                self._pubsub = None
            self._tell_reset()
            await asyncio.sleep(RECONNECT_S)

    async def _hear(self) -> None:
        async with self._redis.pubsub(ignore_subscribe_messages=True) as pubsub:
            await pubsub.subscribe(OWN_CHANNEL)  # connects; from here on `listen` subscribes by itself
            self._pubsub = pubsub
            await pubsub.subscribe(OWN_CHANNEL, *self._listeners)
            self._tell_reset()
            while True:
                message = await pubsub.get_message(timeout=HEAR_S)
                if message is None:
                    continue
                channel = message["channel"].decode()
                listeners = self._listeners.get(channel, [])
                for on_message in list(listeners):
                    self._tell(on_message, channel, message["data"])
                if not listeners and self._listeners.pop(channel, None) is not None:
                    await pubsub.unsubscribe(channel)

    def _tell(self, on_message: OnMessage, channel: str, message: bytes) -> None:
        """A listener that fails is no reason for the others to hear nothing any more."""
        try:
            on_message(message)
        except Exception as error:  # noqa: BLE001 - logged, and whoever waits goes on
            kind = channel.partition(":")[0]
            log_defect(self._log, "a message failed", error, channel=kind)

    def _tell_reset(self) -> None:
        for callback in self._resets:
            callback()


async def _asked(question: Awaitable[Any]) -> Any:
    try:
        return await question
    except (RedisError, OSError) as error:
        raise SharedUnavailableError(type(error).__name__) from None
