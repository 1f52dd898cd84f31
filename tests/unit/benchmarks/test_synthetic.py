"""Made-up days: the same from the same seed, and of the shape that was asked for."""

import math
import statistics
from collections import Counter

import pytest

from benchmarks.replay.shapes import BUSY_DAY
from benchmarks.replay.synthetic import HALF_HOUR_S, make_trace
from benchmarks.replay.trace import TraceCall


def many_days() -> list[TraceCall]:
    return [call for seed in range(30) for call in make_trace(BUSY_DAY, seed).calls]


def test_same_seed_then_the_same_day_and_another_seed_then_another() -> None:
    assert make_trace(BUSY_DAY, 4) == make_trace(BUSY_DAY, 4)
    assert make_trace(BUSY_DAY, 4).calls != make_trace(BUSY_DAY, 5).calls


def test_many_days_then_arrivals_follow_the_curve() -> None:
    begins_s = BUSY_DAY.opens_h * 3_600
    counted = Counter(int((call.arrived_s - begins_s) // HALF_HOUR_S) for call in many_days())
    for number, expected in enumerate(BUSY_DAY.calls):
        assert counted[number] / 30 == pytest.approx(expected, rel=0.2)


def test_many_days_then_services_patience_and_kinds_are_as_asked() -> None:
    calls = many_days()
    for kind in BUSY_DAY.kinds:
        services = [call.service_s for call in calls if call.kind == kind.name]
        assert len(services) / len(calls) == pytest.approx(kind.share, abs=0.01)
        assert statistics.median(services) == pytest.approx(kind.service_median_s, rel=0.06)
    assert sum(call.patience_s == 0 for call in calls) / len(calls) == pytest.approx(BUSY_DAY.impatient_share, abs=0.01)
    patient = [call.patience_s for call in calls if call.patience_s]
    assert statistics.fmean(patient) == pytest.approx(BUSY_DAY.patience_mean_s, rel=0.03)


def test_any_day_then_in_order_within_opening_hours_and_somebody_can_take_each_call() -> None:
    trace = make_trace(BUSY_DAY, 1)
    arrivals = [call.arrived_s for call in trace.calls]
    assert arrivals == sorted(arrivals)
    assert BUSY_DAY.opens_h * 3_600 <= arrivals[0] < arrivals[-1] < 24 * 3_600
    assert {call.kind for call in trace.calls} == set().union(*(agent.skills for agent in trace.agents))
    assert all(math.isfinite(call.service_s) for call in trace.calls)
