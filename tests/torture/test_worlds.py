"""Worlds without a violation in which everything happens that can, each of them the same every time."""

import multiprocessing
from concurrent.futures import ProcessPoolExecutor

import pytest

from actors.simulation.coverage import ENOUGH_WORLDS, cover
from actors.simulation.faults import CALM
from actors.simulation.trial import Trial
from actors.simulation.world import WorldReport, live_through, live_through_all

TRIALS = [Trial(seed) for seed in range(1, ENOUGH_WORLDS + 1)]
PROCESSES = 2
TRIALS_PER_SHARE = 10


def lived_through(trials: list[Trial]) -> list[WorldReport]:
    shares = [trials[at : at + TRIALS_PER_SHARE] for at in range(0, len(trials), TRIALS_PER_SHARE)]
    with ProcessPoolExecutor(PROCESSES, mp_context=multiprocessing.get_context("spawn")) as pool:
        return [report for share in pool.map(live_through_all, shares) for report in share]


@pytest.mark.timeout(600)
def test_two_hundred_seeds_then_no_violation_and_everything_was_lived_through() -> None:
    reports = lived_through(TRIALS)
    assert {report.trial.seed: report.violations for report in reports if report.violations} == {}
    assert len(reports) == len(TRIALS)
    assert cover(reports).missing == ()


def test_same_seed_then_the_same_world() -> None:
    assert live_through(Trial(7, every=True)) == live_through(Trial(7, every=True))
    assert live_through(Trial(7)) != live_through(Trial(8))


def test_no_faults_then_calls_are_served_and_nothing_goes_wrong() -> None:
    report = live_through(Trial(3), CALM)
    assert report.violations == ()
    assert report.faults == {}
    assert report.calls > 5
