"""Back-ups and restores by the commands, against real servers: what comes back, and who does not."""

import asyncio
import json
import os
import tempfile
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from persistence.migrations import SCHEMA_VERSION
from persistence.restored import EPOCH_LEAP
from scripts.backup.folders import Holds, all_bases, archive_folder, newest_of
from scripts.backup.refusals import BackupError, Code
from scripts.backup.tools import PostgresTools
from scripts.cli import build_app
from scripts.doctor.backups import look_at_archive
from scripts.doctor.check import Check, Verdict
from scripts.embedded.locks import HeldLock
from scripts.embedded.postgres import DatabaseUrls, EmbeddedPostgres
from scripts.embedded.write_ahead_log import Archive
from scripts.secrets_file import load_or_create
from tests.integration.installation import Installation, readable_in, settle_clinic
from tests.integration_services import password_of

pytestmark = [pytest.mark.integration, pytest.mark.timeout(300)]


@pytest.fixture(autouse=True)
def _empty_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in list(os.environ):
        if name.startswith(("STROWGER_", "RAY_")):
            monkeypatch.delenv(name)


@pytest.fixture
def house(state_dir: Path) -> Iterator[Installation]:
    """A clinic with two persons, whose database runs."""
    installation = Installation(state_dir)
    try:
        installation.begin()
        yield installation
    finally:
        installation.destroy()


@pytest.fixture
def fresh(tmp_path: Path) -> Iterator[Installation]:
    """Somewhere else, where nothing was ever."""
    installation = Installation(tmp_path / "fresh")
    yield installation
    installation.destroy()


@pytest.fixture
def backups() -> Iterator[Path]:
    """Where the user of a Postgres that root has started may go, too."""
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o711)
        yield Path(folder) / "backup"


def run(*arguments: str | Path, state_dir: Path) -> dict[str, Any]:
    """Run a command and return what its JSON file says. Raises what the command refuses with."""
    told = state_dir.parent / "told.json"
    words = [*map(str, arguments), "--json", str(told), "--state-dir", str(state_dir)]
    result = CliRunner().invoke(build_app([words[0]]), words)
    if result.exception is not None:
        raise result.exception
    return {"told": json.loads(told.read_bytes()), "output": result.output}


def refusal(*arguments: str | Path, state_dir: Path) -> Code:
    with pytest.raises(BackupError) as refused:
        run(*arguments, state_dir=state_dir)
    return refused.value.code


def printed(dump: Path) -> str:
    """A dump in plain text."""
    return PostgresTools.find().run("pg_restore", "--file=-", dump)


def test_person_erased_after_the_backup_then_unreadable_after_the_restore(
    house: Installation, fresh: Installation, backups: Path
) -> None:
    run("backup", backups, state_dir=house.state_dir)
    house.configure("later")
    house.erase("ann")
    time.sleep(1.1)  # back-ups are named by the second
    run("backup", backups, "--keys-only", state_dir=house.state_dir)
    told = run("restore", backups, state_dir=fresh.state_dir)["told"]
    assert told["persons"] == {"erased_again": 1, "unreadable": 0, "keys_removed": 0}
    assert (told["verified"]["found"], told["verified"]["entries"]) == (0, 1)
    fresh.postgres.start()
    assert fresh.readable() == ["ben"]
    assert fresh.head() == (1 + EPOCH_LEAP, 1)
    assert load_or_create(fresh.state_dir).vault_key == load_or_create(house.state_dir).vault_key


def test_backup_of_data_then_no_key_is_in_it(house: Installation, backups: Path) -> None:
    run("backup", backups, state_dir=house.state_dir)
    data = printed(newest_of(backups, Holds.DATA) / "data.dump")
    keys = printed(newest_of(backups.with_name("backup-keys"), Holds.KEYS) / "keys.dump")
    key, sealed = b"the-key-of-ann".hex(), b"sealed-ann".hex()
    assert (sealed in data, key in data) == (True, False)
    assert (sealed in keys, key in keys) == (False, True)
    assert not list(backups.rglob("*installation*"))


def test_state_folder_holds_data_then_refused(house: Installation, backups: Path) -> None:
    run("backup", backups, state_dir=house.state_dir)
    house.postgres.stop()
    assert refusal("restore", backups, state_dir=house.state_dir) is Code.TARGET_NOT_EMPTY


def test_house_runs_then_refused(house: Installation, fresh: Installation, backups: Path) -> None:
    run("backup", backups, state_dir=house.state_dir)
    assert refusal("restore", backups, state_dir=house.state_dir) is Code.HOUSE_RUNNING
    lock = HeldLock(fresh.state_dir / "run.lock", "Strowger")
    lock.take()
    assert refusal("restore", backups, state_dir=fresh.state_dir) is Code.HOUSE_RUNNING
    lock.release()


def test_damaged_or_missing_backups_then_refused(house: Installation, fresh: Installation, backups: Path) -> None:
    assert refusal("restore", backups, state_dir=fresh.state_dir) is Code.NO_BACKUP
    run("backup", backups, state_dir=house.state_dir)
    folder = newest_of(backups, Holds.DATA)
    whole = (folder / "data.dump").read_bytes()
    (folder / "data.dump").write_bytes(whole[:-1] + bytes([whole[-1] ^ 1]))
    assert refusal("restore", backups, state_dir=fresh.state_dir) is Code.DAMAGED
    (folder / "data.dump").write_bytes(whole)
    manifest = json.loads((folder / "manifest.json").read_bytes())
    for change, code in (
        ({"schema": SCHEMA_VERSION + 1}, Code.VERSIONS_DO_NOT_FIT),
        ({"vault_key": "0" * 16}, Code.KEYS_DO_NOT_FIT),
        ({"holds": "keys"}, Code.NO_BACKUP),
    ):
        (folder / "manifest.json").write_text(json.dumps(manifest | change))
        assert refusal("restore", backups, state_dir=fresh.state_dir) is code
    (folder / "manifest.json").write_text("{")
    assert refusal("restore", backups, state_dir=fresh.state_dir) is Code.DAMAGED
    assert not fresh.postgres.has_data


def test_another_vault_key_in_the_settings_then_refused(
    house: Installation, fresh: Installation, backups: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run("backup", backups, state_dir=house.state_dir)
    monkeypatch.setenv("STROWGER_VAULT_KEY", "ab" * 32)
    assert refusal("restore", backups, state_dir=fresh.state_dir) is Code.KEYS_DO_NOT_FIT


def test_nothing_there_to_back_up_then_refused(fresh: Installation, backups: Path) -> None:
    assert refusal("backup", backups, state_dir=fresh.state_dir) is Code.NO_BACKUP
    assert refusal("backup", state_dir=fresh.state_dir) is Code.NO_FOLDER
    assert not backups.exists()


@pytest.fixture
def archiving(state_dir: Path, backups: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Installation]:
    """The same clinic, whose write-ahead log is archived."""
    keys_dir = backups.with_name("backup-keys")
    monkeypatch.setenv("STROWGER_ARCHIVE", "on")
    monkeypatch.setenv("STROWGER_BACKUP_DIR", str(backups))
    installation = Installation(state_dir, Archive(archive_folder(keys_dir)))
    try:
        installation.begin()
        yield installation
    finally:
        installation.destroy()


def erased_in_a_gap_of_the_archive(archiving: Installation) -> None:
    """The server ran without its archive for a while, and works with it again."""
    careless = Installation(archiving.state_dir)
    careless.postgres.start()
    careless.erase("ann")
    careless.postgres.stop()
    archiving.postgres.start()


def moment() -> str:
    """Now, with some time on either side of it: what was committed before and what comes after are told apart."""
    time.sleep(0.5)
    now = datetime.now(UTC).isoformat()
    time.sleep(0.5)
    return now


def test_archive_then_any_moment_comes_back_and_the_erased_do_not(
    archiving: Installation, fresh: Installation, backups: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    early = moment()
    time.sleep(1)
    run("backup", state_dir=archiving.state_dir)
    archiving.configure("second")
    before = moment()
    archiving.configure("third")
    archiving.postgres.stop()
    erased_in_a_gap_of_the_archive(archiving)
    run("backup", state_dir=archiving.state_dir)
    archiving.postgres.stop()
    monkeypatch.delenv("STROWGER_ARCHIVE")
    assert refusal("restore", backups, "--to", early, state_dir=fresh.state_dir) is Code.BEFORE_THE_ARCHIVE
    assert refusal("restore", backups, "--to", "2999-01-01", state_dir=fresh.state_dir) is Code.AFTER_THE_ARCHIVE
    assert refusal("restore", backups, "--to", "yesterday", state_dir=fresh.state_dir) is Code.BAD_MOMENT
    told = run("restore", backups, "--to", before, state_dir=fresh.state_dir)["told"]
    assert told["persons"]["erased_again"] == 1
    assert (told["verified"]["found"], told["verified"]["entries"]) == (0, 2)
    fresh.postgres.start()
    assert fresh.readable() == ["ben"]
    assert fresh.head() == (1 + EPOCH_LEAP, 2)


def test_archive_cannot_be_written_then_the_doctor_names_the_segment(archiving: Installation, backups: Path) -> None:
    def look() -> Check:
        return asyncio.run(look_at_archive(archiving.postgres.owner_url))

    archiving.postgres.run_sql("SELECT pg_switch_wal()")
    until(lambda: look().verdict is Verdict.OK and "ago" in look().found)
    (archive,) = backups.with_name("backup-keys").glob("archive/*")
    (archive / "wal").rename(archive / "elsewhere")
    archiving.configure("second")
    archiving.postgres.run_sql("SELECT pg_switch_wal()")
    until(lambda: look().verdict is Verdict.FAIL)
    (archive / "elsewhere").rename(archive / "wal")
    until(lambda: look().verdict is Verdict.OK)
    assert "ago" in look().found


def until(holds: Callable[[], bool]) -> None:
    """Wait for something that the server does in its own time; the test's own limit ends it otherwise."""
    while not holds():
        time.sleep(0.2)


def test_base_of_the_archive_is_damaged_then_refused(
    archiving: Installation, fresh: Installation, backups: Path
) -> None:
    run("backup", state_dir=archiving.state_dir)
    (base,) = all_bases(backups.with_name("backup-keys"))
    control = base / "files" / "global" / "pg_control"
    control.write_bytes(control.read_bytes()[:-1] + b"\1")
    assert refusal("restore", backups, "--to", "now", state_dir=fresh.state_dir) is Code.DAMAGED


def test_named_database_then_its_backup_fills_another(
    embedded_postgres: EmbeddedPostgres,
    empty_database: DatabaseUrls,
    database: DatabaseUrls,
    tmp_path: Path,
    backups: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    settle_clinic(database.app_url)
    monkeypatch.setenv("STROWGER_DATABASE_URL", database.owner_url)
    monkeypatch.setenv("STROWGER_DATABASE_APP_PASSWORD", password_of(database.app_url))
    monkeypatch.setenv("STROWGER_DATABASE_JOURNAL_PASSWORD", password_of(database.journal_url))
    assert refusal("backup", backups, state_dir=tmp_path / "a") is Code.NO_ROLE
    superuser = embedded_postgres.superuser_url.replace("/strowger?", "/migrated?")
    monkeypatch.setenv("STROWGER_DATABASE_BACKUP_URL", superuser)
    run("backup", backups, state_dir=tmp_path / "a")
    assert refusal("restore", backups, state_dir=tmp_path / "a") is Code.TARGET_NOT_EMPTY
    assert refusal("restore", backups, "--to", "now", state_dir=tmp_path / "a") is Code.NOT_EMBEDDED
    monkeypatch.setenv("STROWGER_DATABASE_URL", empty_database.owner_url)
    told = run("restore", backups, state_dir=tmp_path / "b")["told"]
    assert told["verified"]["found"] == 0
    assert readable_in(empty_database.app_url) == ["ann", "ben"]
