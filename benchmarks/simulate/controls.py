"""Two simpler houses beside the simulated one, with the same callers, whose figures are known exactly.

One has a single agent, as fast as all of ours together; the other has an agent for everybody. What chance does to the
callers it does to all three, so that these two are control variates for ours (`estimates`).
"""

import math
from heapq import heappop, heappush

import msgspec


class Line(msgspec.Struct, frozen=True):
    """A single line: Poisson arrivals, exponential services, `agents` who all can take every call."""

    calls_per_s: float
    service_mean_s: float
    agents: int

    @property
    def load(self) -> float:
        """Offered load in erlangs."""
        return self.calls_per_s * self.service_mean_s


class Companions:
    """Both houses of one replication. `meet` in order of arrival; figures count from the call after the warm-up."""

    def __init__(self, line: Line, threshold_s: float) -> None:
        self._line = line
        self._threshold_s = threshold_s
        self._last_s = 0.0
        self._work_s = 0.0
        self._busy_until_s: list[float] = []
        self._counted = self._waits_s = self._late = self._crowded = self._excess = 0.0

    def meet(self, at_s: float, service_s: float, *, counts: bool) -> None:
        """A caller comes. Lindley's recursion for the fast agent, a heap for the house where nobody waits."""
        self._work_s = max(0.0, self._work_s - (at_s - self._last_s))
        self._last_s = at_s
        busy, agents = self._busy_until_s, self._line.agents
        while busy and busy[0] <= at_s:
            heappop(busy)
        if counts:
            self._counted += 1
            self._waits_s += self._work_s
            self._late += self._work_s > self._threshold_s
            self._crowded += len(busy) >= agents
            self._excess += max(0, len(busy) - agents)
        self._work_s += service_s / agents
        heappush(busy, at_s + service_s)

    def deviations(self) -> tuple[float, ...]:
        """How much each figure deviates from what is known of it."""
        line, count = self._line, max(1.0, self._counted)
        load = line.load / line.agents
        spare = line.agents / line.service_mean_s - line.calls_per_s
        at_least, excess = poisson_tail(line.load, line.agents)
        return (
            self._waits_s / count - load / spare,
            self._late / count - load * math.exp(-spare * self._threshold_s),
            self._crowded / count - at_least,
            self._excess / count - excess,
        )


def poisson_tail(mean: float, least: int) -> tuple[float, float]:
    """P(M >= least) and E[max(0, M - least)] of a Poisson number: of how many talk where everybody has an agent."""
    probability, below, short = math.exp(-mean), 0.0, 0.0
    for number in range(least):
        below += probability
        short += (least - number) * probability
        probability *= mean / (number + 1)
    return 1.0 - below, mean - least + short
