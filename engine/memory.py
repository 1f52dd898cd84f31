"""What is remembered for a while: outcomes of commands, ended calls, tombstones.

Everything here has a time after which no duplicate can arrive any more. Forgetting happens when an event is applied,
by that event's time, so that a replay forgets exactly what the live state forgot.
"""

from collections.abc import Iterator
from heapq import heappop, heappush
from typing import Generic, TypeVar

V = TypeVar("V")


class Remembered(Generic[V]):
    """A dictionary whose entries are forgotten once their time has passed."""

    def __init__(self) -> None:
        self._entries: dict[str, tuple[int, V]] = {}
        self._order: list[tuple[int, str]] = []

    def remember(self, key: str, value: V, until_ms: int) -> None:
        self._entries[key] = (until_ms, value)
        heappush(self._order, (until_ms, key))

    def get(self, key: str) -> V | None:
        entry = self._entries.get(key)
        return entry[1] if entry is not None else None

    def forget_before(self, now_ms: int) -> None:
        """Drop what may be forgotten at `now_ms`."""
        while self._order and self._order[0][0] < now_ms:
            until_ms, key = heappop(self._order)
            entry = self._entries.get(key)
            if entry is not None and entry[0] == until_ms:
                del self._entries[key]

    def items(self) -> Iterator[tuple[str, int, V]]:
        """Key, time and value, in insertion order."""
        return ((key, until_ms, value) for key, (until_ms, value) in self._entries.items())

    def __contains__(self, key: str) -> bool:
        return key in self._entries

    def __len__(self) -> int:
        return len(self._entries)
