"""Deadlines by key: the earliest first, each replaced or withdrawn at will.

A heap with lazy deletion: `_at` is the truth, the heap only finds the earliest. An index private to the engine,
mutable, equal to a rebuild.
"""

from heapq import heapify, heappop, heappush

SLACK_MAX = 64
"""Withdrawn deadlines that may lie in the heap beyond as many as there are live ones."""


class Deadlines:
    """Absolute times (Unix milliseconds) by key."""

    def __init__(self) -> None:
        self._at: dict[str, int] = {}
        self._heap: list[tuple[int, str]] = []

    def set(self, key: str, at_ms: int) -> None:
        """Set or move a deadline."""
        if self._at.get(key) != at_ms:
            self._at[key] = at_ms
            heappush(self._heap, (at_ms, key))
            if len(self._heap) > 2 * len(self._at) + SLACK_MAX:
                self._heap = [(at, one) for one, at in self._at.items()]
                heapify(self._heap)

    def clear(self, key: str) -> None:
        self._at.pop(key, None)

    def earliest_ms(self) -> int | None:
        """When the next deadline is, or None."""
        heap = self._heap
        while heap and self._at.get(heap[0][1]) != heap[0][0]:
            heappop(heap)
        return heap[0][0] if heap else None

    def due(self, now_ms: int) -> str | None:
        """A key whose deadline has come, or None. It stays until it is cleared or moved."""
        earliest = self.earliest_ms()
        return self._heap[0][1] if earliest is not None and earliest <= now_ms else None

    def as_dict(self) -> dict[str, int]:
        """All deadlines, for comparison with a rebuild."""
        return dict(self._at)
