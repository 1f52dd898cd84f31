"""The line of one queue: who is next, who is where, and how long it may take.

Order: higher priority first, then earlier arrival, then id (so that the order is total). Where a queue gives credit for
priority, there is one class, and each point of priority counts as so much earlier an arrival. A call that comes back
from an offer has kept its arrival time and so returns to its place.

Estimated wait: position x the moving average of the time that the line needed to move up by one, as Asterisk's
`app_queue` estimates hold times, but per step rather than per call, so that it answers for any position. Only steps
with someone waiting count; a line that has never moved has no estimate.
"""

from bisect import bisect_left, insort

from engine.call import Call

STEP_WEIGHT = 0.2
"""Share of the newest step in the moving average: about the last ten steps count."""

Place = tuple[int, int, str]
"""Where a call stands among those that the same agent could take: the smallest is next."""


def place(call: Call) -> Place:
    """The call's place, in its line and among the lines of other queues."""
    if call.credit_ms is None:
        return (-call.priority, call.arrived_at_ms, call.call_id)
    return (0, call.arrived_at_ms - call.priority * call.credit_ms, call.call_id)


class Line:
    """Waiting calls of one queue in order. An index, changed only by events."""

    def __init__(self, step_ms: float | None = None, moved_at_ms: int = 0) -> None:
        self._keys: list[Place] = []
        self.step_ms = step_ms
        self.moved_at_ms = moved_at_ms

    def add(self, call: Call) -> None:
        insort(self._keys, place(call))

    def remove(self, call: Call) -> None:
        index = bisect_left(self._keys, place(call))
        assert self._keys[index] == place(call)
        del self._keys[index]

    def position(self, call: Call) -> int:
        """1 for the call that is next."""
        return bisect_left(self._keys, place(call)) + 1

    def position_of(self, priority: int, credit_ms: int | None, now_ms: int) -> int:
        """The position that a call of this priority would get if it arrived now."""
        behind: Place = (-priority + 1, 0, "") if credit_ms is None else (0, now_ms - priority * credit_ms + 1, "")
        return bisect_left(self._keys, behind) + 1

    def moved(self, call: Call, at_ms: int) -> None:
        """The line moved up by one because `call` was connected."""
        step_ms = float(at_ms - max(self.moved_at_ms, call.arrived_at_ms))
        self.step_ms = step_ms if self.step_ms is None else self.step_ms + STEP_WEIGHT * (step_ms - self.step_ms)
        self.moved_at_ms = at_ms

    def ewt_s(self, position: int) -> float | None:
        """Estimated wait in seconds at a position, None while nothing is known."""
        return None if self.step_ms is None else round(position * self.step_ms / 1_000, 1)

    def call_ids(self) -> list[str]:
        """Everyone waiting, next one first."""
        return [call_id for _, _, call_id in self._keys]

    def __len__(self) -> int:
        return len(self._keys)
