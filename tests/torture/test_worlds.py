"""Two hundred worlds without a violation, and each of them the same every time."""

import multiprocessing
from concurrent.futures import ProcessPoolExecutor

import pytest

from actors.simulation.faults import CALM
from actors.simulation.world import WorldReport, live_through, live_through_all

SEEDS = range(1, 201)
PROCESSES = 2
SEEDS_PER_SHARE = 10


def lived_through(seeds: range) -> list[WorldReport]:
    shares = [seeds[at : at + SEEDS_PER_SHARE] for at in range(0, len(seeds), SEEDS_PER_SHARE)]
    with ProcessPoolExecutor(PROCESSES, mp_context=multiprocessing.get_context("spawn")) as pool:
        return [report for share in pool.map(live_through_all, shares) for report in share]


@pytest.mark.timeout(600)
def test_two_hundred_seeds_then_no_violation_and_every_fault_was_lived_through() -> None:
    reports = lived_through(SEEDS)
    assert {report.seed: report.violations for report in reports if report.violations} == {}
    assert len(reports) == len(SEEDS)
    assert {kind for report in reports for kind in report.faults} >= {
        "commit_answer_lost",
        "commit_hangs",
        "commit_late",
        "commit_refused",
        "link_cut",
        "message_doubled",
        "message_lost",
        "process_killed",
        "process_paused",
        "two_incarnations",
        "usurped",
    }


def test_same_seed_then_the_same_world() -> None:
    assert live_through(7) == live_through(7)
    assert live_through(7) != live_through(8)


def test_no_faults_then_calls_are_served_and_nothing_goes_wrong() -> None:
    report = live_through(3, CALM)
    assert report.violations == ()
    assert report.faults == {}
    assert report.calls > 5
