"""`strowger torture`: what it tells, what it writes, how it ends."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from actors.simulation.world import WorldReport
from scripts.cli import build_app, torture

RUNNER = CliRunner()
GOOD = WorldReport(7, 100, 5, (), {"message_lost": 3})
BAD = WorldReport(8, 50, 4, ("k1 queued twice", "k2 never ended"), {"message_lost": 1, "process_killed": 2})


def test_two_seeds_then_a_result_with_every_key(tmp_path: Path) -> None:
    target = tmp_path / "result.json"
    result = RUNNER.invoke(build_app(), ["torture", "--seeds", "2", "--workers", "1", "--json", str(target)])
    assert result.exit_code == 0, result.output
    assert "no violation" in result.output
    told = json.loads(target.read_text())
    assert list(told) == ["seeds", "steps", "violations", "faults", "seeds_per_s"]
    assert told["seeds"] == 2
    assert told["steps"] > 100
    assert told["violations"] == []
    assert told["seeds_per_s"] > 0


def test_violation_then_status_1_and_a_line_that_repeats_it(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(torture, "_lived_through", lambda _seeds, _workers: iter([[BAD], [GOOD]]))
    target = tmp_path / "result.json"
    result = RUNNER.invoke(build_app(), ["torture", "--seeds", "2", "--seed-from", "7", "--json", str(target)])
    assert result.exit_code == 1
    assert "seed 8: k1 queued twice" in result.output
    assert "strowger torture --seeds 1 --seed-from 8" in result.output
    told = json.loads(target.read_text())
    assert told["violations"] == [
        {"seed": 8, "sentence": "k1 queued twice"},
        {"seed": 8, "sentence": "k2 never ended"},
    ]
    assert told["faults"] == {"message_lost": 4, "process_killed": 2}
    assert told["steps"] == 150


@pytest.mark.parametrize("arguments", [["--seeds", "0"], ["--workers", "0"], ["--seed-from", "-1"]])
def test_number_out_of_range_then_refused(arguments: list[str]) -> None:
    assert RUNNER.invoke(build_app(), ["torture", *arguments]).exit_code == 2
