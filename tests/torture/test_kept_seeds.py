"""Worlds that once found a defect find it no more, and a failing world is made as small as it can be."""

import tomllib
from pathlib import Path

import msgspec
import pytest

from actors.simulation.minimise import judgement, minimise
from actors.simulation.trial import Trial
from actors.simulation.world import WorldReport, live_through


class Kept(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    found: str
    trial: Trial


KEPT = msgspec.convert(tomllib.loads(Path(__file__).with_name("kept_seeds.toml").read_text())["kept"], list[Kept])


@pytest.mark.parametrize("kept", KEPT, ids=[str(kept.trial.seed) for kept in KEPT])
def test_seed_that_once_found_a_defect_then_no_violation(kept: Kept) -> None:
    assert live_through(kept.trial).violations == ()


def told(trial: Trial, *violations: str) -> WorldReport:
    """A report of a world that had three classes of faults."""
    classes = tuple(name for name in ("lose", "double", "kill_every_s") if name not in trial.without)
    return WorldReport(trial, 1, 1, violations, {}, classes)


def test_failing_world_then_everything_goes_that_its_judgement_does_not_need() -> None:
    asked: list[Trial] = []

    def live(trial: Trial) -> WorldReport:
        asked.append(trial)
        needed = "lose" not in trial.without and trial.agents >= 2 and trial.storm_s >= 5
        return told(trial, f"north-k{trial.callers} queued twice") if needed else told(trial, "south-k1 never ended")

    smallest = minimise(Trial(5, every=True), live)
    assert smallest == Trial(5, True, ("double", "kill_every_s"), storm_s=6.0, tenants=1, agents=2, callers=1)
    first = list(asked)
    asked.clear()
    assert minimise(Trial(5, every=True), live) == smallest
    assert asked == first


def test_world_without_a_violation_then_there_is_nothing_to_make_smaller() -> None:
    with pytest.raises(ValueError, match="no violation"):
        minimise(Trial(1), told)


def test_same_sentence_about_others_then_the_same_judgement() -> None:
    assert judgement("north-k3#1 of north-a2 rang twice") == judgement("south-k41#2 of east-a0 rang twice")
    assert judgement("north-k3 never ended") != judgement("north-k3 is lost")
