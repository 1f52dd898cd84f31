"""The invariants bite: with one guarantee removed, a world fails, and with the guarantee in place it does not."""

import pytest
from msgspec.structs import asdict

from actors.simulation.faults import CALM, FaultPlan
from actors.simulation.trial import Trial
from actors.simulation.world import live_through
from tests.torture import mutants
from tests.torture.mutants import Mutant

SEEDS = range(1, 25)
"""A guarantee that is not missed in any of these worlds is not looked at."""

REFUSING = FaultPlan(commit_refused=0.05)
UNCERTAIN = FaultPlan(commit_hangs=0.05, commit_answer_lost=0.05, double=0.15)
SILENT = FaultPlan(commit_answer_lost=0.05, delay_ms_mean=50)
CRASHING = FaultPlan(kill_every_s=2.0, lose=0.2)
PLANS: list[tuple[Mutant, FaultPlan]] = [
    (mutants.no_fence, FaultPlan(pause_every_s=2.0)),
    (mutants.answers_before_commit, REFUSING),
    (mutants.frames_before_commit, REFUSING),
    (mutants.questions_before_commit, REFUSING),
    (mutants.decided_while_committing, UNCERTAIN),
    (mutants.dedupe_forgotten, FaultPlan(double=0.1)),
    (mutants.ends_forgotten, FaultPlan(double=0.1)),
    (mutants.place_lost, CALM),
    (mutants.last_come_first_served, CALM),
    (mutants.not_asked_after_recovery, CRASHING),
    (mutants.never_asked_again, FaultPlan(lose=0.1)),
    (mutants.late_vote_wins, FaultPlan(lose=0.4)),
    (mutants.gaps_ignored, SILENT),
    (mutants.snapshot_ahead_of_journal, FaultPlan(commit_refused=0.2)),
    (mutants.tail_ignored, FaultPlan(kill_every_s=4.0)),
    (mutants.capacity_unchecked, FaultPlan(delay_ms_mean=50)),
    (mutants.eligibility_unchecked, CALM),
    (mutants.early_deadlines, CALM),
    (mutants.deadlines_forgotten, CALM),
    (mutants.time_runs_back, FaultPlan(clock_skew_ms=1_500, kill_every_s=1.5)),
    (mutants.silence_unnoticed, CALM),
    (mutants.two_offers_at_once, FaultPlan(delay_ms_mean=60, double=0.2)),
]


@pytest.mark.parametrize(("mutant", "plan"), PLANS, ids=[mutant.__name__ for mutant, _ in PLANS])
def test_guarantee_removed_then_a_seed_fails(mutant: Mutant, plan: FaultPlan, monkeypatch: pytest.MonkeyPatch) -> None:
    mutant(monkeypatch)
    assert any(live_through(Trial(seed), plan).violations for seed in SEEDS)


def faults_of(plan: FaultPlan) -> str:
    changed = {field: value for field, value in asdict(plan).items() if value != getattr(CALM, field)}
    return ",".join(f"{field}={value}" for field, value in changed.items()) or "calm"


@pytest.mark.parametrize("plan", dict.fromkeys(plan for _, plan in PLANS), ids=faults_of)
def test_guarantee_in_place_then_the_same_faults_do_no_harm(plan: FaultPlan) -> None:
    assert [live_through(Trial(seed), plan).violations for seed in SEEDS[:3]] == [(), (), ()]


def test_votes_come_late_then_no_harm_as_long_as_they_do_not_win(monkeypatch: pytest.MonkeyPatch) -> None:
    mutants.votes_come_late(monkeypatch)
    assert [live_through(Trial(seed), FaultPlan(lose=0.4)).violations for seed in SEEDS[:4]] == [()] * 4
