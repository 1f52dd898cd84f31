"""What is simulated: a scenario or a recorded trace, as it travels to other processes."""

from datetime import date, datetime
from pathlib import Path

import msgspec

from benchmarks.replay.bank import read_bank
from benchmarks.replay.trace import Trace, window
from benchmarks.simulate import drawn, recorded
from benchmarks.simulate.lives import Lived, live
from benchmarks.simulate.scenario import Scenario
from benchmarks.simulate.whatif import changed
from engine.simulation.plan import Plan


class Case(msgspec.Struct, frozen=True, kw_only=True):
    """Either `scenario` or `trace_file`. `begin` and `end`: the window of the trace; it is cut off at its end."""

    scenario: Scenario | None = None
    trace_file: Path | None = None
    begin: datetime | None = None
    end: datetime | None = None
    wrap_up_s: float = 0.0

    def trace(self, seed: int) -> Trace | None:
        """The record, with patience drawn from the seed. Raises `TraceError`."""
        if self.trace_file is None:
            return None
        return window(read_bank(self.trace_file, seed=seed), self.begin, self.end)

    def plan(self, trace: Trace | None, seed: int) -> tuple[Plan, float | None]:
        """Who calls and works with this seed, and when it is cut off. `trace`: this case's, with this seed."""
        if trace is not None:
            ends_s = trace.seconds(self.end) if self.end is not None else None
            return recorded.plan_of(trace, wrap_up_s=self.wrap_up_s), ends_s
        assert self.scenario is not None
        return drawn.plan_of(self.scenario, seed), None

    def first_day(self, trace: Trace | None) -> date:
        if trace is not None:
            return trace.first_day
        assert self.scenario is not None
        return self.scenario.day


class Run(msgspec.Struct, frozen=True):
    """One replication of one variant; `what_if` empty: as it is."""

    case: Case
    what_if: str
    seed: int


def lived(run: Run) -> Lived:
    """Live through it. Raises `TraceError` or `ScenarioError`."""
    plan, ends_s = run.case.plan(run.case.trace(run.seed), run.seed)
    return live(changed(plan, run.what_if) if run.what_if else plan, run.seed, ends_s)
