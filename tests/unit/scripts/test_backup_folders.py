"""Which back-ups are found, and which are forgotten, by their names."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from scripts.backup.folders import Holds, all_of, forget_older, made_at, making, newest_of
from scripts.backup.refusals import BackupError, Code

NOW = datetime(2026, 11, 24, 10, tzinfo=UTC)


def made(folder: Path, *days: int) -> None:
    for day in days:
        with making(folder, Holds.KEYS, datetime(2026, 11, day, tzinfo=UTC)) as building:
            (building / "keys.dump").touch()


def test_several_then_the_newest_by_name(tmp_path: Path) -> None:
    made(tmp_path, 3, 20, 7)
    newest = newest_of(tmp_path, Holds.KEYS)
    assert (newest.name, made_at(newest)) == ("keys-20261120T000000Z", datetime(2026, 11, 20, tzinfo=UTC))
    assert newest_of(newest, Holds.KEYS) == newest


def test_older_than_its_days_then_removed_but_never_the_newest(tmp_path: Path) -> None:
    made(tmp_path, 3, 7, 20)
    assert [path.name for path in forget_older(all_of(tmp_path, Holds.KEYS), days=7, now=NOW)] == [
        "keys-20261103T000000Z",
        "keys-20261107T000000Z",
    ]
    assert forget_older(all_of(tmp_path, Holds.KEYS), days=1, now=NOW) == []


def test_making_was_broken_off_then_nothing_is_found(tmp_path: Path) -> None:
    with pytest.raises(KeyboardInterrupt), making(tmp_path, Holds.DATA, NOW):
        raise KeyboardInterrupt
    with pytest.raises(BackupError) as refused:
        newest_of(tmp_path, Holds.DATA)
    assert (refused.value.code, list(tmp_path.iterdir())) == (Code.NO_BACKUP, [])


def test_same_second_then_the_first_is_kept(tmp_path: Path) -> None:
    made(tmp_path, 3)
    with pytest.raises(BackupError) as refused:
        made(tmp_path, 3)
    assert refused.value.code is Code.TARGET_NOT_EMPTY
    assert [path.name for path in all_of(tmp_path, Holds.KEYS)] == ["keys-20261103T000000Z"]
