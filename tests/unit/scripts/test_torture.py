"""`strowger torture`: what it tells, what it writes, how it ends."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from actors.simulation.trial import Trial
from actors.simulation.world import WorldReport
from scripts.cli import build_app, torture

RUNNER = CliRunner()
GOOD = WorldReport(Trial(7), 100, 5, (), {"message_lost": 3}, died_at={"queue here": 1}, passed={"queue here": 5})
BAD = WorldReport(Trial(8), 50, 4, ("k1 queued twice", "k2 never ended"), {"message_lost": 1, "process_killed": 2})


def lives(monkeypatch: pytest.MonkeyPatch, *reports: WorldReport) -> None:
    monkeypatch.setattr(torture, "_lived_through", lambda *_: iter([([report], 0.5) for report in reports]))


def test_two_seeds_then_a_result_with_every_key(tmp_path: Path) -> None:
    target = tmp_path / "result.json"
    result = RUNNER.invoke(build_app(), ["torture", "--seeds", "2", "--workers", "1", "--json", str(target)])
    assert result.exit_code == 0, result.output
    assert "no violation" in result.output
    told = json.loads(target.read_text())
    assert list(told) == [
        *("seeds", "steps", "calls", "violations", "faults", "lived", "places", "missing"),
        *("seeds_per_s", "seeds_per_core_s"),
    ]
    assert told["seeds"] == 2
    assert told["steps"] > 100
    assert told["violations"] == told["missing"] == []
    assert told["seeds_per_core_s"] > 0
    assert told["lived"]["queue call_queued"] > 0


def test_violation_then_status_1_and_a_line_that_repeats_it(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    lives(monkeypatch, BAD, GOOD)
    target = tmp_path / "result.json"
    result = RUNNER.invoke(build_app(), ["torture", "--seeds", "2", "--seed-from", "7", "--json", str(target)])
    assert result.exit_code == 1
    assert "seed 8: k1 queued twice" in result.output
    assert "strowger torture --seeds 1 --seed-from 8" in result.output
    told = json.loads(target.read_text())
    assert [(one["seed"], one["sentence"]) for one in told["violations"]] == [
        (8, "k1 queued twice"),
        (8, "k2 never ended"),
    ]
    assert told["faults"] == {"message_lost": 4, "process_killed": 2}
    assert told["places"] == {"queue here": 1}
    assert (told["steps"], told["calls"], told["seeds_per_core_s"]) == (150, 9, 2.0)


def test_enough_worlds_and_something_never_happened_then_status_1_unless_it_was_left_out(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    lives(monkeypatch, *[GOOD] * 200)
    result = RUNNER.invoke(build_app(), ["torture"])
    assert result.exit_code == 1
    assert "never happened: fault link_cut" in result.output
    assert "never happened: feature strategy rrmemory" in result.output
    lives(monkeypatch, *[WorldReport(Trial(7, without=("cut_link",)), 100, 5, (), {})] * 200)
    assert RUNNER.invoke(build_app(), ["torture", "--without", "cut_link"]).exit_code == 0


def test_minimise_then_the_smallest_world_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    lives(monkeypatch, BAD)
    monkeypatch.setattr(torture, "minimise", lambda trial: Trial(trial.seed, without=("lose",), storm_s=2.0, tenants=1))
    result = RUNNER.invoke(build_app(), ["torture", "--minimise"])
    assert "--seed-from 8 --without lose --storm-s 2.0 --tenants 1" in result.output.replace("\n", " ")


@pytest.mark.parametrize(
    "arguments", [["--seeds", "0"], ["--workers", "0"], ["--seed-from", "-1"], ["--without", "nonsense"]]
)
def test_option_out_of_range_then_refused(arguments: list[str]) -> None:
    assert RUNNER.invoke(build_app(), ["torture", *arguments]).exit_code == 2
