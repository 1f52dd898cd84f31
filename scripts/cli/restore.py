"""`strowger restore`: an installation from a back-up, as it was then, without those who were erased since."""

import asyncio
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import msgspec
import typer

from actors.verification.findings import Report
from persistence.migrate import schema_version
from persistence.restored import Persons
from scripts.backup.moment import find_base, read_moment, restore_moment
from scripts.backup.refusals import BackupError, Code
from scripts.backup.restore import Keys, find_data, find_keys, refuse_misfits, restore_dump
from scripts.backup.target import alone, bring_keys, refuse_data
from scripts.backup.tools import PostgresTools
from scripts.cli.database import database_for
from scripts.cli.options import StateDir
from scripts.cli.verify import tell, verify_database
from scripts.embedded.postgres import EmbeddedPostgres
from scripts.house.screen import Steps, make_console
from scripts.load_settings import load_settings
from scripts.secrets_file import load_or_create
from scripts.settings import Settings


class Restored(msgspec.Struct):
    """What the JSON file holds."""

    seconds: float
    persons: Persons
    verified: Report


def register(app: typer.Typer) -> None:
    app.command("restore")(restore)


def restore(
    *,
    folder: Annotated[Path, typer.Argument(help="The folder of back-ups, or one back-up in it.")],
    keys: Annotated[
        Path | None,
        typer.Option(
            help="Where the back-ups that hold keys are.", show_default="beside FOLDER, with -keys at the end"
        ),
    ] = None,
    to: Annotated[
        str | None,
        typer.Option(help="Restore the archive to this moment (UTC), or to now: all that it holds.", metavar="MOMENT"),
    ] = None,
    json: Annotated[Path | None, typer.Option(help="Write the result to this file.")] = None,
    state_dir: StateDir = None,
) -> None:
    """Restore the newest back-up into an installation without data, with the newest keys, and verify what came of it.

    Whoever was erased after the back-up stays erased: the ledger of erasures comes with the keys and is applied again.
    Nothing is overwritten: an installation that has data refuses, and so does one that runs. Exit status 1 if anything
    differs from the journal in the end.

    [bold]Examples[/bold]

    strowger restore /srv/backup --state-dir /srv/strowger

    strowger restore /srv/backup --to 2026-11-24T10:00:00Z --state-dir /srv/strowger

    STROWGER_DATABASE_URL=postgresql://owner:...@db/strowger strowger restore /srv/backup --keys /srv/keys
    """
    dated = folder.name.startswith("data-")
    settings = load_settings(state_dir=state_dir, backup_dir=folder.parent if dated else folder, key_backup_dir=keys)
    console, tools, began_s = make_console(), PostgresTools.find(), time.monotonic()
    with alone(settings), Steps(console) as steps:
        if to is None:
            persons = _from_dump(folder, settings, tools, steps)
        else:
            persons = _from_archive(to, settings, tools, steps)
    seconds = round(time.monotonic() - began_s, 2)
    console.print(f"restored in {seconds:.1f} s; {_in_words(persons)}")
    secrets = load_or_create(settings.state_dir)
    with database_for(settings, secrets) as addresses:
        report = asyncio.run(verify_database(addresses, console))
    if json is not None:
        json.write_bytes(msgspec.json.format(msgspec.json.encode(Restored(seconds, persons, report))) + b"\n")
    tell(console, report)
    if report.found:
        raise typer.Exit(1)


def _from_dump(folder: Path, settings: Settings, tools: PostgresTools, steps: Steps) -> Persons:
    with steps.step("Checksums"):
        data, keys = find_data(folder), _keys(settings)
        refuse_misfits(data, keys)
    if settings.embedded_postgres:
        refuse_data(settings)
    bring_keys(settings, keys.manifest, keys.installation_keys)
    with _removed_on_failure(settings), database_for(settings, load_or_create(settings.state_dir)) as addresses:
        if asyncio.run(schema_version(addresses.owner_url or addresses.app_url)):
            raise BackupError(
                Code.TARGET_NOT_EMPTY, "The database has tables already: make an empty one and name that."
            )
        return restore_dump(data, keys, addresses, tools, steps.step)


def _from_archive(to: str, settings: Settings, tools: PostgresTools, steps: Steps) -> Persons:
    if not settings.embedded_postgres:
        raise BackupError(
            Code.NOT_EMBEDDED,
            "--to is for the embedded Postgres; take the named database to a moment with its own tools.",
        )
    moment = read_moment(to)
    refuse_data(settings)
    assert settings.keys_dir is not None
    with steps.step("Checksums"):
        keys = _keys(settings)
        base, manifest = find_base(settings.keys_dir, moment)
        newest, latest = find_base(settings.keys_dir, None)
        if {manifest.vault_key, latest.vault_key} != {keys.manifest.vault_key}:
            raise BackupError(Code.KEYS_DO_NOT_FIT, f"{keys.folder} was made under another vault key than the archive.")
    bring_keys(settings, keys.manifest, keys.installation_keys)
    with _removed_on_failure(settings):
        return restore_moment(settings.state_dir, base, newest, moment, tools, steps.step)


def _keys(settings: Settings) -> Keys:
    assert settings.keys_dir is not None
    return find_keys(settings.keys_dir)


@contextmanager
def _removed_on_failure(settings: Settings) -> Iterator[None]:
    """Half a database is none: the next attempt begins afresh."""
    try:
        yield
    except BaseException:
        if settings.embedded_postgres:
            EmbeddedPostgres(settings.state_dir).destroy()
        raise


def _in_words(persons: Persons) -> str:
    return (
        f"{persons.erased_again} persons erased again, {persons.keys_removed} keys of persons who are not in the data "
        f"removed, {persons.unreadable} persons unreadable for want of a key"
    )
