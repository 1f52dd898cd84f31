"""The formulas, against numbers that others published and against what must hold for any numbers."""

import csv
import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.line import Line
from engine.metrics import (
    CallCounts,
    ServiceLevel,
    ServiceLevelFormula,
    abandonment_rate,
    abandonment_rate_less_short_abandons,
    aht_s,
    asa_s,
    average_speed_to_abandon_s,
    ewt_s,
    occupancy,
    service_level,
)

Formula = ServiceLevelFormula
DATA_FOLDER = Path(os.environ.get("STROWGER_TEST_DATA") or Path(__file__).parents[3] / "shared" / "data")
BANK = DATA_FOLDER / "anonymous_bank" / "february_first_half.tsv"

COUNTS = CallCounts(20.0, offered=100, answered=80, answered_within=60, abandoned_within=12, short_abandoned=5)


@st.composite
def any_counts(draw: st.DrawFn) -> CallCounts:
    answered, abandoned, waiting = (draw(st.integers(0, 1_000)) for _ in range(3))
    within = draw(st.integers(0, abandoned))
    return CallCounts(
        20.0,
        offered=answered + abandoned + waiting,
        answered=answered,
        answered_within=draw(st.integers(0, answered)),
        abandoned_within=within,
        short_abandoned=draw(st.integers(0, within)),
    )


@pytest.mark.parametrize(
    ("formula", "share"),
    [
        (Formula.OF_ANSWERED, 60 / 80),
        (Formula.OF_OFFERED, 60 / 100),
        (Formula.OF_OFFERED_LESS_SHORT_ABANDONS, 60 / 95),
        (Formula.WITH_ABANDONED_WITHIN, 72 / 100),
    ],
)
def test_same_counts_then_each_variant_has_its_share_threshold_and_name(formula: Formula, share: float) -> None:
    assert service_level(formula, COUNTS) == ServiceLevel(share, 20.0, formula)


@pytest.mark.parametrize("formula", list(Formula))
def test_nothing_happened_then_there_is_no_service_level(formula: Formula) -> None:
    assert service_level(formula, CallCounts(20.0, offered=0, answered=0, answered_within=0)) is None


def test_nothing_happened_then_no_formula_has_a_figure() -> None:
    figures = [asa_s(0, 0), average_speed_to_abandon_s(0, 0), aht_s(0, 0, 0, 0), occupancy(0, 0), ewt_s(3, None)]
    figures += [abandonment_rate(0, 0), abandonment_rate_less_short_abandons(0, 0, 0)]
    assert figures == [None] * 7


def test_everyone_left_at_once_then_the_rate_less_short_abandons_has_no_figure() -> None:
    assert abandonment_rate(4, 4) == 1
    assert abandonment_rate_less_short_abandons(4, 4, 4) is None


@given(any_counts())
def test_any_counts_then_variants_are_shares_and_keep_their_order(counts: CallCounts) -> None:
    shares = {formula: level.share for formula in Formula if (level := service_level(formula, counts)) is not None}
    assert all(0 <= share <= 1 for share in shares.values())
    if Formula.OF_ANSWERED in shares:
        assert shares[Formula.OF_OFFERED] <= shares[Formula.OF_OFFERED_LESS_SHORT_ABANDONS]
        assert shares[Formula.OF_OFFERED_LESS_SHORT_ABANDONS] <= shares[Formula.OF_ANSWERED]
        assert shares[Formula.OF_OFFERED] <= shares[Formula.WITH_ABANDONED_WITHIN]


@given(st.lists(st.integers(0, 3_600_000), min_size=1))
def test_any_waits_then_the_average_lies_between_the_shortest_and_the_longest(waits_ms: list[int]) -> None:
    mean_s = asa_s(sum(waits_ms), len(waits_ms))
    assert mean_s is not None
    assert mean_s == average_speed_to_abandon_s(sum(waits_ms), len(waits_ms))
    assert min(waits_ms) / 1_000 <= mean_s * (1 + 1e-12)
    assert mean_s <= max(waits_ms) / 1_000 * (1 + 1e-12)


@given(st.integers(1, 10**9), st.integers(0, 10**9), st.integers(0, 10**9))
def test_more_idle_time_then_occupancy_falls(engaged_ms: int, idle_ms: int, more_ms: int) -> None:
    busy, calmer = occupancy(engaged_ms, idle_ms), occupancy(engaged_ms, idle_ms + more_ms)
    assert busy is not None
    assert calmer is not None
    assert 0 <= calmer <= busy <= 1


def test_hundred_calls_of_three_minutes_for_fourteen_agents_then_occupancy_is_erlangs_over_agents() -> None:
    # R package documentation, ErlangC: 100 calls in 30 min, AHT 180 s, 14 agents: 0.7142857.
    engaged_ms = 100 * 180_000
    assert occupancy(engaged_ms, 14 * 1_800_000 - engaged_ms) == pytest.approx(0.7142857, abs=1e-7)


def test_talk_hold_and_wrap_up_then_handle_time_is_all_three() -> None:
    assert aht_s(180_000, 20_000, 40_000, 2) == 120.0


@given(st.integers(1, 5_000), st.none() | st.floats(0, 10**7))
def test_any_place_in_line_then_the_line_estimates_by_the_same_formula(position: int, step_ms: float | None) -> None:
    assert ewt_s(position, step_ms) == Line(step_ms).ewt_s(position)


@pytest.mark.skipif(not BANK.is_file(), reason=f"{BANK} is missing: name its data folder in STROWGER_TEST_DATA")
def test_a_bank_of_1999_then_the_figures_are_those_recorded() -> None:
    # Anonymous bank, 1-14 February 1999, Guedj and Mandelbaum, Technion; PHANTOM rows are to be ignored.
    with BANK.open(encoding="utf-8") as file:
        calls = [row for row in csv.DictReader(file, delimiter="\t") if row["outcome"] != "PHANTOM"]
    answered = [row for row in calls if row["outcome"] == "AGENT"]
    waits_s = [int(row["q_time"]) for row in answered]
    counts = CallCounts(
        20.0, offered=len(calls), answered=len(answered), answered_within=sum(wait_s <= 20 for wait_s in waits_s)
    )
    of_answered, of_offered = service_level(Formula.OF_ANSWERED, counts), service_level(Formula.OF_OFFERED, counts)
    assert of_answered is not None
    assert of_offered is not None
    assert (counts.offered, counts.answered) == (17_313, 14_405)
    assert asa_s(sum(waits_s) * 1_000, counts.answered) == pytest.approx(34.41, abs=0.005)
    service_ms = sum(int(row["ser_time"]) * 1_000 for row in answered)
    assert aht_s(service_ms, 0, 0, counts.answered) == pytest.approx(166.86, abs=0.005)
    assert of_answered.share == pytest.approx(0.6361, abs=0.00005)
    assert of_offered.share == pytest.approx(0.529, abs=0.0005)
    assert abandonment_rate(2_908, counts.offered) == pytest.approx(1 - 14_405 / 17_313)
