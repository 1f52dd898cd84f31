"""`strowger replay` asked for what cannot be: one sentence each, and nothing is touched."""

from pathlib import Path

import pytest

from scripts.cli.replay import replay
from scripts.errors import OperatorError
from tests.unit.benchmarks.test_bank import ROW, written


@pytest.fixture(autouse=True)
def nothing_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STROWGER_STATE_DIR", str(tmp_path / "state"))
    monkeypatch.setenv("STROWGER_PORT", "1")


@pytest.mark.parametrize("speed", [0.0, -1.0, float("nan"), float("inf")])
def test_no_speed_then_said(speed: float) -> None:
    with pytest.raises(OperatorError, match=r"--speed must be a number greater than 0, and .* is not"):
        replay(synthetic=True, speed=speed)


def test_report_would_go_nowhere_then_said_before_anything_is_played(tmp_path: Path) -> None:
    with pytest.raises(OperatorError, match=r"There is no folder .*nowhere, so that report.json cannot be written"):
        replay(synthetic=True, json_file=tmp_path / "nowhere" / "report.json")


@pytest.mark.parametrize(("named", "synthetic"), [(False, False), (True, True)])
def test_trace_and_synthetic_or_neither_then_said(tmp_path: Path, named: bool, synthetic: bool) -> None:  # noqa: FBT001
    with pytest.raises(OperatorError, match="Name a file"):
        replay(trace_file=tmp_path if named else None, synthetic=synthetic)


def test_trace_cannot_be_read_then_its_sentence(tmp_path: Path) -> None:
    with pytest.raises(OperatorError, match=r"trace.tsv, line 2: 'noon' is no time of the day"):
        replay(trace_file=written(tmp_path, ROW | {"vru_exit": "noon"}))


def test_nothing_runs_then_said(tmp_path: Path) -> None:
    with pytest.raises(OperatorError, match=r"Nothing answers at http://127.0.0.1:1: start `strowger run` first"):
        replay(trace_file=written(tmp_path, ROW))
