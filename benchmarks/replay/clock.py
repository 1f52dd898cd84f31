"""Two clocks: the one on the wall, and the trace's, which runs `speed` times as fast and can leap over the nights."""

import asyncio
import time
from collections.abc import Callable


class TraceClock:
    """Seconds of the trace for seconds of the wall. `begin` starts it at `starts_at_s`."""

    def __init__(self, speed: float, starts_at_s: float, now_s: Callable[[], float] = time.perf_counter) -> None:
        self.speed = speed
        self.now_s = now_s
        self._trace_s = starts_at_s
        self._wall_s = now_s()

    def begin(self) -> None:
        self._wall_s = self.now_s()

    def trace_s(self) -> float:
        """What time it is in the trace."""
        return self._trace_s + (self.now_s() - self._wall_s) * self.speed

    def wall_s(self, trace_s: float) -> float:
        """When it is that time in the trace, if the clock does not leap before."""
        return self._wall_s + (trace_s - self._trace_s) / self.speed

    def leap_to(self, trace_s: float) -> None:
        """It is later at once. Only while nobody talks, waits or works: their times would shrink."""
        if trace_s > self.trace_s():
            self._trace_s, self._wall_s = trace_s, self.now_s()

    async def sleep_until(self, trace_s: float) -> None:
        delay_s = self.wall_s(trace_s) - self.now_s()
        if delay_s > 0:
            await asyncio.sleep(delay_s)
