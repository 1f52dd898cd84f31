"""What the doctor says of back-ups: none, fresh, old."""

import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from scripts.backup.folders import Holds, making
from scripts.doctor.backups import look_at_backups
from scripts.doctor.check import Verdict
from scripts.load_settings import load_settings

NOW = datetime(2026, 11, 24, 10, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _empty_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in list(os.environ):
        if name.startswith(("STROWGER_", "RAY_")):
            monkeypatch.delenv(name)


def verdicts(now: datetime, backup_dir: Path | None) -> list[Verdict]:
    return [check.verdict for check in look_at_backups(load_settings(backup_dir=backup_dir), now)]


def test_no_folder_is_set_then_warn() -> None:
    assert verdicts(NOW, None) == [Verdict.WARN]


def test_no_backup_then_fail_for_the_data_and_for_the_keys(tmp_path: Path) -> None:
    assert verdicts(NOW, tmp_path / "backup") == [Verdict.FAIL, Verdict.FAIL]


def test_newest_is_older_than_a_day_then_warn(tmp_path: Path) -> None:
    for folder, holds in ((tmp_path / "backup", Holds.DATA), (tmp_path / "backup-keys", Holds.KEYS)):
        with making(folder, holds, NOW):
            pass
    assert verdicts(NOW + timedelta(hours=23), tmp_path / "backup") == [Verdict.OK, Verdict.OK]
    assert verdicts(NOW + timedelta(hours=25), tmp_path / "backup") == [Verdict.WARN, Verdict.WARN]
