"""Simulations from case to report: against a reckoning that knows nothing of the engine, and for what JSON holds."""

import json
import math
from datetime import datetime
from pathlib import Path

import msgspec
import pytest

from benchmarks.replay.figures import Figures, figures
from benchmarks.replay.ideal import Ideal
from benchmarks.replay.rules import PRIORITY_CREDIT_S
from benchmarks.replay.shapes import BUSY_DAY
from benchmarks.replay.synthetic import make_trace
from benchmarks.replay.trace import Outcome, Trace, TraceError
from benchmarks.simulate.cases import Case
from benchmarks.simulate.lives import live
from benchmarks.simulate.page import render
from benchmarks.simulate.recorded import plan_of
from benchmarks.simulate.report import Report, as_json
from benchmarks.simulate.run import Order, Ticks, simulate
from benchmarks.simulate.scenario import Scenario, ScenarioError
from benchmarks.simulate.staffing import attempt, by_erlang_c, staff
from tests.recorded import RECORDED, needs_recorded_trace
from tests.unit.benchmarks.test_bank import ROW, written
from tests.unit.benchmarks.test_scenario import SMALL

FROM, TO = datetime(1999, 2, 1, 8), datetime(1999, 2, 1, 10)  # noqa: DTZ001 - the center's own wall clock


def small(**changed: object) -> Scenario:
    scenario = msgspec.toml.decode(SMALL, type=Scenario)
    return msgspec.structs.replace(scenario, **changed)


def simulated(case: Case, *what_ifs: str, replications: int = 3) -> Report:
    return simulate(Order(case=case, what_ifs=what_ifs, replications=replications, workers=1), Ticks())


def without_delay(trace: Trace, until_s: float = math.inf) -> Figures:
    return figures(Ideal(trace, wrap_up_s=0.0, credit_s=PRIORITY_CREDIT_S).run(until_s))


def test_made_up_day_then_the_figures_of_the_reckoning_without_delay() -> None:
    trace = make_trace(BUSY_DAY, 7)
    ours, ideal = figures(live(plan_of(trace), 1).course), without_delay(trace)
    assert (ours.offered, ours.answered, ours.abandoned, ours.open) == (
        ideal.offered,
        ideal.answered,
        ideal.abandoned,
        0,
    )
    assert ours.asa_s == pytest.approx(ideal.asa_s, abs=0.05)
    assert ours.aht_s == pytest.approx(ideal.aht_s, abs=0.02)


@needs_recorded_trace
def test_recorded_morning_then_beside_the_record_and_cut_at_its_end() -> None:
    case = Case(trace_file=RECORDED, begin=FROM, end=TO)
    report = simulated(case, "agents+1@8-10", replications=1)
    trace = case.trace(1)
    assert trace is not None
    told = as_json(report)
    ideal = without_delay(trace, trace.seconds(TO))
    assert told["offered"] == told["answered"] + told["abandoned"] + told["open"] == len(trace.calls)
    assert told["answered"] == pytest.approx(ideal.answered, abs=3)
    assert told["recorded"]["answered"] == sum(
        1 for call in trace.calls if call.recorded is not None and call.recorded.outcome is Outcome.ANSWERED
    )
    assert [day["day"] for day in told["by_day"]] == ["1999-02-01"]
    assert told["what_if"][0]["answered"] >= told["answered"]
    assert "callers waited" in " ".join(report.explanations)


def test_scenario_then_the_keys_of_replay_with_half_widths_days_queues_and_intervals() -> None:
    told = as_json(simulated(Case(scenario=small()), "strategy=top-down", "agents+1@8-9"))
    assert set(Figures.__struct_fields__) <= told.keys()
    assert told["half_width_99"].keys() >= set(Figures.__struct_fields__)
    assert told["half_width_99"]["asa_s"] > 0
    assert [day["day"] for day in told["by_day"]] == ["2024-01-08"]
    assert list(told["by_queue"]) == ["desk"]
    assert [slot["begins"] for slot in told["by_interval"]] == ["08:00", "08:30"]
    assert [one["change"] for one in told["what_if"]] == ["strategy=top-down", "agents+1@8-9"]
    assert told["what_if"][0]["difference"]["asa_s"] == {"mean": 0.0, "half_width_99": 0.0}
    assert told["what_if"][1]["difference"]["asa_s"]["mean"] < 0
    assert json.loads(msgspec.json.encode(told)) == told


def test_same_seed_then_the_same_report_and_each_replication_another_day() -> None:
    first, again = (simulated(Case(scenario=small())) for _ in range(2))
    assert first.base == again.base
    assert len({one.whole["asa_s"] for one in first.base.told}) == 3


def test_change_that_cannot_be_made_then_said_before_anything_is_lived_through() -> None:
    with pytest.raises(ScenarioError, match="only 1 agents are there throughout"):
        simulated(Case(scenario=small()), "agents-2@8-9")


def test_window_without_calls_then_said(tmp_path: Path) -> None:
    with pytest.raises(TraceError, match="Nobody calls in that window"):
        simulated(Case(trace_file=written(tmp_path, ROW), begin=datetime(2020, 1, 1)))  # noqa: DTZ001


def test_page_then_every_variant_in_the_table_and_charts_by_the_time_of_day() -> None:
    page = render(simulated(Case(scenario=small(name="A <morning>")), "sla=40"))
    assert "A &lt;morning&gt;" in page
    assert '<th scope="col">sla=40</th>' in page
    assert page.count("<figure>") == 6
    assert "±" in page


def test_staffing_then_the_least_that_reaches_the_target_in_every_interval() -> None:
    scenario, seeds = small(agents=[]), range(1, 7)
    found = staff(scenario, 0.8, seeds, Ticks())
    assert [one.begins_s for one in found] == [8 * 3_600, 8 * 3_600 + 1_800]
    assert all(one.within_sla >= 0.8 for one in found)
    for interval, one in enumerate(found):
        before = tuple(earlier.agents for earlier in found[:interval])
        fewer = [attempt(scenario, (*before, one.agents - 1), seed) for seed in seeds]
        assert sum(within for _, within in fewer) < 0.8 * sum(calls for calls, _ in fewer)
    assert [by_erlang_c(scenario, interval, 0.8) for interval in (0, 1)] == [one.erlang_c for one in found]
