"""Restoring to a moment, of the embedded Postgres: a base back-up, and its archive replayed up to there.

The keys do not go back to that moment: they are taken from the archive's end, so that whoever was erased since stays
erased. For that the archive is replayed to its end once beside, from its newest base, and thrown away.
"""

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from persistence.restored import Persons
from scripts.backup.folders import Holds, all_bases, made_at
from scripts.backup.make import Step, needed_segments, save_keys
from scripts.backup.manifest import Manifest, checked_manifest
from scripts.backup.refusals import BackupError, Code
from scripts.backup.restore import load_keys, settle
from scripts.backup.tools import PostgresTools
from scripts.compose import embedded_database
from scripts.embedded.errors import EmbeddedError
from scripts.embedded.places import runtime_folder
from scripts.embedded.postgres import EmbeddedPostgres
from scripts.embedded.write_ahead_log import Recover
from scripts.secrets_file import load_or_create

RECOVERY_WAIT_S = 3_600.0
NOW = "now"
TOO_EARLY = "recovery ended before configured recovery target was reached"


def read_moment(text: str) -> datetime | None:
    """A moment with its zone, UTC where none is named; None for `now`, the archive's end. Raises `BackupError`."""
    if text == NOW:
        return None
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        raise BackupError(Code.BAD_MOMENT, f"{text!r} is no moment: write 2026-11-24T10:00:00Z, or now.") from None
    return (found if found.tzinfo else found.replace(tzinfo=UTC)).astimezone(UTC)


def find_base(keys_dir: Path, moment: datetime | None) -> tuple[Path, Manifest]:
    """The newest base back-up that was complete by then, checked file by file. Raises `BackupError`."""
    bases = all_bases(keys_dir)
    begun = [base for base in bases if moment is None or made_at(base) <= moment]
    for base in reversed(begun):
        manifest = checked_manifest(base, Holds.BASE)
        if moment is None or datetime.fromisoformat(manifest.made_at) <= moment:
            return base, manifest
    if not bases:
        raise BackupError(Code.NO_BACKUP, f"{keys_dir} has no base to restore from: set STROWGER_ARCHIVE and back up.")
    raise BackupError(Code.BEFORE_THE_ARCHIVE, f"The archive begins with {made_at(bases[0]):%Y-%m-%dT%H:%M:%SZ}.")


def restore_moment(
    state_dir: Path, base: Path, newest: Path, moment: datetime | None, tools: PostgresTools, step: Step
) -> Persons:
    """Recover the data from `base`, and the keys from the archive's end, into a state folder without data.

    `newest`: the base nearest to that end; a gap in the archive before it does no harm. Raises `BackupError`,
    `StoreError`.
    """
    with tempfile.TemporaryDirectory(prefix="strowger-restore-") as aside:
        keys = Path(aside) / "keys.dump"
        with step("Keys of the archive's end"), _recovered(Path(aside) / "state", newest) as scratch:
            save_keys(scratch.superuser_url, keys, tools)
        with step(f"Data as of {moment or 'the end of the archive'}"):
            _replay(state_dir, base, moment)
        with EmbeddedPostgres(state_dir) as postgres:
            with step("Keys") as say:
                postgres.run_sql("TRUNCATE keyring.subject_key, keyring.erasure_ledger")
                load_keys(postgres.superuser_url, keys, tools, say)
            return settle(embedded_database(postgres), step)


@contextmanager
def _recovered(state_dir: Path, base: Path) -> Iterator[EmbeddedPostgres]:
    """A server that runs for a while with all that an archive holds, and whose data then go."""
    _replay(state_dir, base, None)
    with EmbeddedPostgres(state_dir) as postgres:
        try:
            yield postgres
        finally:
            postgres.destroy()
            shutil.rmtree(runtime_folder(state_dir))


def _replay(state_dir: Path, base: Path, moment: datetime | None) -> None:
    """Make data as they were at a moment; the server that did it is stopped."""
    until = f"{moment:%Y-%m-%d %H:%M:%S.%f}+00" if moment else None
    folder = EmbeddedPostgres(state_dir).data_folder()
    folder.adopt(base / "files", needed_segments(base))
    recovering = EmbeddedPostgres(state_dir, log=Recover(folder.recovering, until), start_wait_s=RECOVERY_WAIT_S)
    try:
        with recovering:
            pass
        shutil.rmtree(folder.recovering)
        folder.set_passwords(load_or_create(state_dir))
    except EmbeddedError as error:
        recovering.destroy()
        if TOO_EARLY in str(error):
            raise BackupError(
                Code.AFTER_THE_ARCHIVE, f"The archive ends before {moment}; --to now restores all that it holds."
            ) from None
        raise BackupError(Code.TOOL_FAILED, str(error)) from None
