"""The invariants bite: with one guarantee removed, a world fails, and with the guarantee in place it does not."""

import pytest
from msgspec.structs import asdict

from actors.simulation.faults import CALM, FaultPlan
from actors.simulation.trial import Trial
from actors.simulation.world import live_through
from scripts.mutants import rules
from scripts.mutants.catalogue import CATALOGUE, Written
from scripts.mutants.hunt import SEEDS, first_failing_seed

IN_WORLDS = [written for written in CATALOGUE if not written.tests]


@pytest.mark.parametrize("written", IN_WORLDS, ids=[written.name for written in IN_WORLDS])
def test_guarantee_removed_then_a_seed_fails(written: Written, monkeypatch: pytest.MonkeyPatch) -> None:
    written.mutant(monkeypatch.setattr)
    assert first_failing_seed(written) is not None


def faults_of(plan: FaultPlan) -> str:
    changed = {field: value for field, value in asdict(plan).items() if value != getattr(CALM, field)}
    return ",".join(f"{field}={value}" for field, value in changed.items()) or "calm"


@pytest.mark.parametrize("plan", dict.fromkeys(written.plan for written in IN_WORLDS), ids=faults_of)
def test_guarantee_in_place_then_the_same_faults_do_no_harm(plan: FaultPlan) -> None:
    assert [live_through(Trial(seed), plan).violations for seed in SEEDS[:2]] == [(), ()]


def test_votes_come_late_then_no_harm_as_long_as_they_do_not_win(monkeypatch: pytest.MonkeyPatch) -> None:
    rules.votes_come_late(monkeypatch.setattr)
    assert [live_through(Trial(seed), FaultPlan(lose=0.4)).violations for seed in SEEDS[:3]] == [()] * 3


def test_written_breakages_then_there_are_enough_and_each_says_what_it_breaks() -> None:
    assert len(CATALOGUE) >= 25
    assert all(written.sentence for written in CATALOGUE)
    assert len({written.name for written in CATALOGUE}) == len(CATALOGUE)
