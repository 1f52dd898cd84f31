"""Waiting-line theory and the statistics beside it, against numbers that others have published."""

import math
from random import Random

import pytest

from benchmarks.simulate.controls import poisson_tail
from benchmarks.simulate.estimates import Estimate, estimate, t_quantile, t_within
from benchmarks.simulate.oracles import ORACLES
from benchmarks.simulate.theory import erlang_c


@pytest.mark.parametrize(
    ("agents", "load", "waits"),
    [
        (2, 1, 0.333333),
        (6, 5, 0.587516),
        (8, 5, 0.167267),
        (22, 20, 0.567915),
        (55, 50, 0.384547),
        (110, 100, 0.237008),
    ],
)
def test_erlang_c_then_the_tabulated_probability_of_waiting(agents: int, load: float, waits: float) -> None:
    assert erlang_c(load, 1.0, agents, 1.0).waits == pytest.approx(waits, abs=1e-6)


@pytest.mark.parametrize("oracle", ORACLES[:3], ids=lambda oracle: oracle.name)
def test_rows_of_erlang_c_then_the_formula_gives_their_figures(oracle) -> None:  # type: ignore[no-untyped-def] # noqa: ANN001
    line = oracle.line
    found = erlang_c(line.calls_per_s, line.service_mean_s, line.agents, oracle.threshold_s)
    for figure, theory in oracle.theory.items():
        assert getattr(found, figure) == pytest.approx(theory, rel=1e-4)


def test_row_of_erlang_a_then_the_balance_equations_give_its_figures() -> None:
    """Birth and death with abandonment: Garnett, Mandelbaum and Reiman, MSOM 4 (2002), the M/M/N+M queue."""
    oracle = ORACLES[3]
    line, patience_s = oracle.line, oracle.patience_mean_s
    assert patience_s is not None
    weights = [1.0]
    for state in range(1, 200):
        leaving = min(state, line.agents) / line.service_mean_s + max(0, state - line.agents) / patience_s
        weights.append(weights[-1] * line.calls_per_s / leaving)
    total = math.fsum(weights)
    waiting = math.fsum(max(0, state - line.agents) * weight for state, weight in enumerate(weights)) / total
    talking = math.fsum(min(state, line.agents) * weight for state, weight in enumerate(weights)) / total
    theory = oracle.theory
    assert math.fsum(weights[line.agents :]) / total == pytest.approx(theory["waits"], rel=1e-4)
    assert waiting / line.calls_per_s == pytest.approx(theory["asa_s"], rel=1e-4)
    assert waiting / patience_s / line.calls_per_s == pytest.approx(theory["abandonment"], rel=1e-4)
    assert talking / line.agents == pytest.approx(theory["occupancy"], rel=1e-4)


def test_load_exceeds_the_agents_then_everybody_waits_and_nobody_in_time() -> None:
    found = erlang_c(1.0, 10.0, 9, 20.0)
    assert (found.waits, found.service_level, found.asa_s) == (1.0, 0.0, math.inf)


@pytest.mark.parametrize(
    ("degrees", "quantile"), [(1, 63.657), (2, 9.925), (3, 5.841), (5, 4.032), (10, 3.169), (30, 2.750), (120, 2.617)]
)
def test_student_t_then_the_tabulated_quantiles(degrees: int, quantile: float) -> None:
    assert t_quantile(degrees) == pytest.approx(quantile, abs=5e-4)
    assert t_within(quantile, degrees) == pytest.approx(0.99, abs=5e-5)


def test_mean_of_three_then_its_half_width_by_hand() -> None:
    """Mean 2, standard deviation 1, t(2) = 9.925: 9.925 / sqrt(3)."""
    assert estimate([1.0, 2.0, 3.0]).mean == pytest.approx(2.0)
    assert estimate([1.0, 2.0, 3.0]).half_width == pytest.approx(5.730, abs=1e-3)
    assert estimate([4.0]) == Estimate(4.0, None)


def test_control_explains_the_chance_then_the_interval_is_narrower_and_right() -> None:
    rng = Random(4)
    control = [rng.gauss(0, 1) for _ in range(30)]
    values = [5 + 2 * one + rng.gauss(0, 0.1) for one in control]
    found, plain = estimate(values, [control]), estimate(values)
    assert found.half_width is not None
    assert plain.half_width is not None
    assert found.half_width < plain.half_width / 5
    assert abs(found.mean - 5) <= found.half_width


def test_poisson_tail_then_its_share_and_its_excess() -> None:
    """Mean 1, at least 2: 1 - 2/e; the excess over 2 is 1 - 2 + 3/e."""
    share, excess = poisson_tail(1.0, 2)
    assert share == pytest.approx(1 - 2 / math.e)
    assert excess == pytest.approx(-1 + 3 / math.e)
