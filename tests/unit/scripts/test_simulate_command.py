"""`strowger simulate` asked for what cannot be, and for what can."""

import json
from datetime import datetime
from pathlib import Path

import pytest

from benchmarks.simulate.oracles import ORACLES, Replication
from scripts.cli import simulate as command
from scripts.cli.simulate import simulate_command
from scripts.errors import OperatorError
from tests.unit.benchmarks.test_bank import ROW, written
from tests.unit.benchmarks.test_scenario import SMALL


@pytest.fixture
def scenario(tmp_path: Path) -> Path:
    file = tmp_path / "small.toml"
    file.write_text(SMALL, encoding="utf-8")
    return file


@pytest.mark.parametrize("both", [False, True])
def test_scenario_and_trace_or_neither_then_said(scenario: Path, both: bool) -> None:  # noqa: FBT001
    with pytest.raises(OperatorError, match="Name a scenario file"):
        simulate_command(scenario_file=scenario if both else None, trace_file=scenario if both else None)


def test_window_for_a_scenario_then_said(scenario: Path) -> None:
    with pytest.raises(OperatorError, match="--from, --to and --wrap-up are for a trace"):
        simulate_command(scenario_file=scenario, begin=datetime(2024, 1, 8))  # noqa: DTZ001


def test_roster_for_a_trace_then_said(tmp_path: Path) -> None:
    with pytest.raises(OperatorError, match="--staff-to-sla is for a scenario"):
        simulate_command(trace_file=written(tmp_path, ROW), staff_to_sla=0.8)


@pytest.mark.parametrize(("wrong", "sentence"), [("calls = [-1]", "queues"), ("calls = [1", "is no TOML")])
def test_bad_scenario_then_its_sentence(scenario: Path, wrong: str, sentence: str) -> None:
    scenario.write_text(SMALL.replace("calls = [10, 20]", wrong), encoding="utf-8")
    with pytest.raises(OperatorError, match=sentence):
        simulate_command(scenario_file=scenario)


def test_change_nobody_knows_then_its_sentence(scenario: Path) -> None:
    with pytest.raises(OperatorError, match="is no change; write agents"):
        simulate_command(scenario_file=scenario, what_if=["volume=2"], workers=1)


def test_scenario_then_table_json_and_page(scenario: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    json_file, html_file = tmp_path / "r.json", tmp_path / "r.html"
    simulate_command(
        scenario_file=scenario,
        what_if=["sla=40"],
        replications=2,
        workers=1,
        json_file=json_file,
        html_file=html_file,
    )
    assert "2 replications" in capsys.readouterr().out
    assert json.loads(json_file.read_bytes())["replications"] == 2
    assert html_file.read_text(encoding="utf-8").startswith("<!doctype html>")


def test_roster_then_told(scenario: Path, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    simulate_command(scenario_file=scenario, staff_to_sla=0.5, replications=2, json_file=tmp_path / "r.json")
    assert "agent hours" in capsys.readouterr().out
    assert json.loads((tmp_path / "r.json").read_bytes())["target"] == 0.5


def test_figures_off_theory_then_it_fails(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    off = dict.fromkeys(("waits", "service_level", "asa_s", "abandonment", "occupancy"), 0.5)
    none = Replication(off, (0.0, 0.0, 0.0, 0.0))
    total = sum(oracle.replications for oracle in ORACLES)
    monkeypatch.setattr(command, "in_processes", lambda *_: iter((number, none) for number in range(total)))
    with pytest.raises(OperatorError, match="differ from theory or are too wide"):
        simulate_command(oracles=True, json_file=tmp_path / "r.json")
    assert "differs" in capsys.readouterr().out
    assert not any(one["agrees"] for one in json.loads((tmp_path / "r.json").read_bytes())["verdicts"])
