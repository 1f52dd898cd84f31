"""Whether a loss could be made good: how old the newest back-ups are, and whether the archive keeps up."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

from persistence.migrate import owner_connection
from scripts.backup.folders import Holds, all_of, made_at
from scripts.doctor.check import Check, fail, ok, warn
from scripts.settings import Settings

OLD_AFTER = timedelta(days=1)
ARCHIVER = "select last_archived_time, last_failed_time, last_failed_wal from pg_stat_archiver"


def look_at_backups(settings: Settings, now: datetime) -> Iterator[Check]:
    """The newest back-up of the data and of the keys."""
    if settings.backup_dir is None or settings.keys_dir is None:
        yield warn("Back-up", "no folder is set", "Set STROWGER_BACKUP_DIR and run `strowger backup` every day.")
        return
    yield _age("Back-up of the data", settings.backup_dir, Holds.DATA, now)
    yield _age("Back-up of the keys", settings.keys_dir, Holds.KEYS, now)


def _age(what: str, folder: Path, holds: Holds, now: datetime) -> Check:
    found = all_of(folder, holds)
    if not found:
        return fail(what, f"none in {folder}", "Run `strowger backup`.")
    age = now - made_at(found[-1])
    words = f"{found[-1].name}, {age.total_seconds() / 3600:.1f} h old"
    return ok(what, words) if age <= OLD_AFTER else warn(what, words, "Run `strowger backup` every day.")


async def look_at_archive(url: str) -> Check:
    """Whether the embedded Postgres gets its write-ahead log archived. Raises `StoreError`."""
    async with owner_connection(url) as connection:
        row = await connection.fetchrow(ARCHIVER)
    assert row is not None, "the view has one row"
    archived_at, failed_at, segment = row
    if failed_at is not None and (archived_at is None or failed_at > archived_at):
        advice = "Make room in the archive's folder, or give it back to the server's user; see logs/postgres.log."
        return fail("Archive", f"{segment} could not be archived", advice)
    if archived_at is None:
        return ok("Archive", "nothing to archive yet")
    return ok("Archive", f"last segment {(datetime.now(UTC) - archived_at).total_seconds():.0f} s ago")
