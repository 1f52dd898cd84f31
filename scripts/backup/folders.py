"""Names of back-ups: what they hold and when they were made, so that the newest is found by its name."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from pathlib import Path

from scripts.backup.refusals import BackupError, Code

STAMP = "%Y%m%dT%H%M%SZ"


class Holds(StrEnum):
    """What a back-up holds."""

    DATA = "data"
    KEYS = "keys"
    BASE = "base"


def archive_folder(keys_dir: Path) -> Path:
    """Where embedded servers archive their write-ahead logs: for each a folder with the base back-ups beside it."""
    return keys_dir / "archive"


def all_bases(keys_dir: Path) -> list[Path]:
    """Base back-ups of every server that ever archived here, the oldest first."""
    return sorted(archive_folder(keys_dir).glob(f"*/{Holds.BASE.value}-*T*Z"), key=lambda path: path.name)


@contextmanager
def making(folder: Path, holds: Holds, now: datetime) -> Iterator[Path]:
    """A folder to write a back-up into; it gets its name only when all of it is there."""
    folder.mkdir(mode=0o711, parents=True, exist_ok=True)
    name = f"{holds.value}-{now.strftime(STAMP)}"
    if (folder / name).exists():
        raise BackupError(Code.TARGET_NOT_EMPTY, f"{folder / name} is there already; try again in a second.")
    building = folder / f".{name}"
    shutil.rmtree(building, ignore_errors=True)
    building.mkdir(mode=0o700)
    try:
        yield building
        building.rename(folder / name)
    except BaseException:
        shutil.rmtree(building, ignore_errors=True)
        raise


def all_of(folder: Path, holds: Holds) -> list[Path]:
    """Back-ups of one kind, the oldest first."""
    return sorted(path for path in folder.glob(f"{holds.value}-*T*Z") if path.is_dir())


def newest_of(folder: Path, holds: Holds) -> Path:
    """The newest back-up of one kind; `folder` may be one itself. Raises `BackupError`."""
    if folder.name.startswith(f"{holds.value}-"):
        return folder
    found = all_of(folder, holds)
    if not found:
        raise BackupError(Code.NO_BACKUP, f"{folder} holds no back-up of the {holds.value}; is it the right folder?")
    return found[-1]


def made_at(path: Path) -> datetime:
    """When a back-up was made, by its name."""
    return datetime.strptime(path.name.partition("-")[2], STAMP).replace(tzinfo=UTC)


def forget_older(backups: list[Path], *, days: int, now: datetime) -> list[Path]:
    """Remove those that are older, but never the newest, which comes last; says which."""
    old = [path for path in backups[:-1] if made_at(path) < now - timedelta(days=days)]
    for path in old:
        shutil.rmtree(path)
    return old
