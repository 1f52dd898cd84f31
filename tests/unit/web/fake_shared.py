"""A shared store in memory: what Redis is to gateways, for tests. `available` False: it cannot be reached."""

from collections import defaultdict
from collections.abc import Callable

from web.shared import LocalCounters, OnMessage, SharedUnavailableError


class FakeShared:
    """Implements `web.shared.Shared`."""

    def __init__(self) -> None:
        self.available = True
        self.values: dict[str, bytes] = {}
        self.counters = LocalCounters()
        self.keys_counted: set[str] = set()
        self.published: list[tuple[str, bytes]] = []
        self._listeners: defaultdict[str, list[OnMessage]] = defaultdict(list)
        self._resets: list[Callable[[], None]] = []

    async def ping(self) -> None:
        self._check()

    async def count(self, key: str, window_s: int) -> tuple[int, int]:
        self._check()
        self.keys_counted.add(key)
        return self.counters.count(key, window_s)

    async def uncount(self, key: str, window_s: int) -> None:
        del window_s
        self._check()
        self.counters.uncount(key)

    async def forget(self, key: str) -> None:
        self._check()
        self.counters.forget(key)

    async def put(self, key: str, value: bytes, lifetime_s: int) -> None:
        del lifetime_s
        self._check()
        self.values[key] = value

    async def take(self, key: str) -> bytes | None:
        self._check()
        return self.values.pop(key, None)

    async def publish(self, channel: str, message: bytes) -> None:
        self._check()
        self.published.append((channel, message))
        for on_message in list(self._listeners[channel]):
            on_message(message)

    async def listen(self, channel: str, on_message: OnMessage) -> Callable[[], None]:
        self._listeners[channel].append(on_message)
        return lambda: self._listeners[channel].remove(on_message)

    def on_reset(self, callback: Callable[[], None]) -> None:
        self._resets.append(callback)

    def reset(self) -> None:
        """The connection was lost and is back."""
        for callback in self._resets:
            callback()

    def listeners(self, channel: str) -> int:
        return len(self._listeners[channel])

    def _check(self) -> None:
        if not self.available:
            raise SharedUnavailableError("away")
