"""Ordered sets for the dispatcher: keys in order, each member with one key."""

from bisect import bisect_left, bisect_right, insort
from typing import Generic, TypeVar

K = TypeVar("K", tuple[int, int, str], tuple[int, str])


class Ordered(Generic[K]):
    """Members ordered by key, the smallest first. Adding a member again moves it."""

    def __init__(self) -> None:
        self._keys: list[K] = []
        self._of: dict[str, K] = {}

    def put(self, member: str, key: K) -> None:
        known = self._of.get(member)
        if known == key:
            return
        if known is not None:
            self.drop(member)
        self._of[member] = key
        insort(self._keys, key)

    def drop(self, member: str) -> None:
        key = self._of.pop(member, None)
        if key is not None:
            del self._keys[bisect_left(self._keys, key)]

    def first(self) -> K | None:
        return self._keys[0] if self._keys else None

    def after(self, key: K) -> K | None:
        """The first key greater than this one."""
        index = bisect_right(self._keys, key)
        return self._keys[index] if index < len(self._keys) else None

    def members(self) -> list[str]:
        """All members in order."""
        return [str(key[-1]) for key in self._keys]

    def __contains__(self, member: str) -> bool:
        return member in self._of

    def __len__(self) -> int:
        return len(self._keys)
