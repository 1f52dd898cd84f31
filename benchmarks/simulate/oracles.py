"""Single lines whose figures waiting-line theory knows, lived through by the engine and held against it.

Rows and sources: the documentation of the R package ErlangC; the third recomputed by hand; Erlang A from the tests of
pyworkforce (`queuing/tests/test_abandonment.py`), whose average wait is that of all callers, and whose service level is
the answered within the threshold over all callers. The engine reckons in whole milliseconds, waits here are of seconds.
"""

from collections.abc import Iterator, Mapping
from random import Random

import msgspec

from benchmarks.simulate.controls import Companions, Line
from benchmarks.simulate.estimates import Estimate, estimate
from engine.settings import AgentSettings, QueueSettings
from engine.simulation.fates import Ending, Fate
from engine.simulation.house import FOREVER_MS
from engine.simulation.plan import Caller, Plan, Shift
from engine.simulation.world import World

ASA_SHARE = 0.03
SERVICE_LEVEL_POINTS = 0.005
"""How narrow the half-widths must be: of the average wait, and of the service level."""
QUEUE = QueueSettings("line", "Line", wrap_up_s=0.0, length_max=100_000)


class Oracle(msgspec.Struct, frozen=True, kw_only=True):
    """One row. `theory`: figures by their name; `replications` of `calls` each make it narrow, after
    the calls of the `warm_up`, when the house is still emptier than it will be.
    """

    name: str
    line: Line
    threshold_s: float
    theory: Mapping[str, float]
    patience_mean_s: float | None = None
    replications: int = 30
    calls: int = 20_000
    warm_up: int = 2_000


FOURTEEN = Line(100 / 1_800, 180.0, 14)
ORACLES = (
    Oracle(
        name="Erlang C, 100 calls in 30 min, 180 s, 14 agents",
        line=FOURTEEN,
        threshold_s=20.0,
        theory={"waits": 0.1741319, "service_level": 0.88835, "asa_s": 7.8359370, "occupancy": 0.7142857},
    ),
    Oracle(
        name="Erlang C, 100 calls in 30 min, 180 s, 11 agents",
        line=Line(100 / 1_800, 180.0, 11),
        threshold_s=20.0,
        theory={"waits": 0.6821182, "service_level": 0.3896138},
    ),
    Oracle(
        name="Erlang C, 360 calls in 30 min, 240 s, 55 agents",
        line=Line(360 / 1_800, 240.0, 55),
        threshold_s=15.0,
        theory={"waits": 0.2387009, "service_level": 0.845883, "asa_s": 8.1840, "occupancy": 0.8727},
        replications=60,
        calls=40_000,
    ),
    Oracle(
        name="Erlang A, as the first, patience 5 min",
        line=FOURTEEN,
        threshold_s=20.0,
        theory={
            "waits": 0.14526,
            "service_level": 0.916792,
            "asa_s": 0.069919 * 60,
            "abandonment": 0.013984,
            "occupancy": 0.704297,
        },
        patience_mean_s=300.0,
    ),
)


class Replication(msgspec.Struct, frozen=True):
    """The figures of one replication, and by how much its controls deviated."""

    figures: dict[str, float]
    deviations: tuple[float, ...]


class Verdict(msgspec.Struct, frozen=True, kw_only=True):
    """One figure of one row. `narrow`: the half-width that is asked for; None: none is."""

    oracle: str
    figure: str
    theory: float
    simulated: float
    half_width: float
    narrow: float | None

    @property
    def agrees(self) -> bool:
        return abs(self.simulated - self.theory) <= self.half_width

    @property
    def is_narrow(self) -> bool:
        return self.narrow is None or self.half_width <= self.narrow


class Share(msgspec.Struct, frozen=True):
    """One replication to be lived through, as it travels to another process."""

    oracle: Oracle
    seed: int


def shares(oracle: Oracle, seed: int) -> list[Share]:
    return [Share(oracle, seed * 1_000_003 + number) for number in range(oracle.replications)]


def replicate(share: Share) -> Replication:
    """Live through one replication."""
    oracle, count = share.oracle, _Count(share.oracle)
    rng = Random(share.seed)  # noqa: S311 - a seeded draw, not a secret
    companions = Companions(oracle.line, oracle.threshold_s)
    agents = tuple(AgentSettings(f"a{number}", (QUEUE.queue_id,)) for number in range(oracle.line.agents))
    plan = Plan(
        queues=(QUEUE,),
        agents=agents,
        shifts=tuple(Shift(agent.agent_id, 0, FOREVER_MS) for agent in agents),
        callers=_callers(oracle, rng, companions),
    )
    World(plan, rng, count.take).run()
    return Replication(count.figures(), companions.deviations())


def judge(oracle: Oracle, replications: list[Replication]) -> Iterator[Verdict]:
    """Every figure that theory knows, beside what was simulated."""
    controls = list(zip(*(one.deviations for one in replications), strict=True))
    for figure, theory in oracle.theory.items():
        found: Estimate = estimate([one.figures[figure] for one in replications], controls)
        narrow = {"asa_s": ASA_SHARE * theory, "service_level": SERVICE_LEVEL_POINTS}.get(figure)
        assert found.half_width is not None
        yield Verdict(
            oracle=oracle.name,
            figure=figure,
            theory=theory,
            simulated=found.mean,
            half_width=found.half_width,
            narrow=narrow,
        )


class _Count:
    """Sums over the calls that count."""

    def __init__(self, oracle: Oracle) -> None:
        self._oracle = oracle
        self._calls = self._waited = self._in_time = self._gave_up = 0
        self._wait_ms = self._engaged_ms = 0
        self._first_ms, self._last_ms = FOREVER_MS, 0

    def take(self, fate: Fate) -> None:
        if fate.number < self._oracle.warm_up:
            return
        answered = fate.ending is Ending.ANSWERED
        self._calls += 1
        self._waited += fate.wait_ms > 0
        self._wait_ms += fate.wait_ms
        self._in_time += answered and fate.wait_ms <= self._oracle.threshold_s * 1_000
        self._gave_up += not answered
        self._first_ms, self._last_ms = min(self._first_ms, fate.arrived_ms), max(self._last_ms, fate.arrived_ms)
        if fate.done_ms is not None:
            self._engaged_ms += fate.done_ms - fate.arrived_ms - fate.wait_ms

    def figures(self) -> dict[str, float]:
        calls, agents_ms = self._calls, (self._last_ms - self._first_ms) * self._oracle.line.agents
        return {
            "waits": self._waited / calls,
            "service_level": self._in_time / calls,
            "asa_s": self._wait_ms / calls / 1_000,
            "abandonment": self._gave_up / calls,
            "occupancy": self._engaged_ms / agents_ms,
        }


def _callers(oracle: Oracle, rng: Random, companions: Companions) -> Iterator[Caller]:
    line, at_s = oracle.line, 0.0
    for number in range(oracle.warm_up + oracle.calls):
        at_s += rng.expovariate(line.calls_per_s)
        service_s = rng.expovariate(1 / line.service_mean_s)
        companions.meet(at_s, service_s, counts=number >= oracle.warm_up)
        patience_s = rng.expovariate(1 / oracle.patience_mean_s) if oracle.patience_mean_s is not None else None
        yield Caller(
            arrived_ms=round(at_s * 1_000),
            queue_id=QUEUE.queue_id,
            service_ms=round(service_s * 1_000),
            patience_ms=round(patience_s * 1_000) if patience_s is not None else None,
        )
