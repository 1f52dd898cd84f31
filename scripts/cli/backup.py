"""`strowger backup`: the data, the keys apart from them, and the base of an archive."""

import asyncio
from pathlib import Path
from typing import Annotated

import msgspec
import typer
from rich.console import Console

from persistence.migrate import schema_version
from persistence.postgres.server import server_major
from scripts.backup.make import Made, Source, back_up_base, back_up_data, back_up_keys, forget_old_keys
from scripts.backup.refusals import BackupError, Code
from scripts.backup.tools import PostgresTools, in_words
from scripts.cli.database import database_for
from scripts.cli.options import StateDir
from scripts.compose import DatabaseAddresses, archive_of
from scripts.house.screen import Steps, make_console
from scripts.load_settings import load_settings
from scripts.secrets_file import Secrets, load_or_create
from scripts.settings import Settings

KEY_FIELDS = ("vault_key", "hash_key")


def register(app: typer.Typer) -> None:
    app.command("backup")(backup)


def backup(
    *,
    folder: Annotated[
        Path | None, typer.Argument(help="Where the data's back-up goes.", show_default="STROWGER_BACKUP_DIR")
    ] = None,
    keys: Annotated[
        Path | None,
        typer.Option(help="Where back-ups that hold keys go.", show_default="beside FOLDER, with -keys at the end"),
    ] = None,
    keys_only: Annotated[
        bool, typer.Option("--keys-only", help="Only the keys and the ledger of erasures: quick, for every hour.")
    ] = False,
    json: Annotated[Path | None, typer.Option(help="Write the result to this file.")] = None,
    state_dir: StateDir = None,
) -> None:
    """Back up the data without the keys, and the keys apart from them; beside a working house if one runs.

    With STROWGER_ARCHIVE on, the embedded Postgres archives its write-ahead log too; then this adds a base to the
    archive, so that `strowger restore --to` can go to any moment since. Whatever holds keys is removed once it is
    older than STROWGER_KEY_BACKUP_DAYS, so that erased persons are gone everywhere.

    [bold]Examples[/bold]

    strowger backup /srv/backup

    strowger backup /srv/backup --keys /srv/keys

    STROWGER_DATABASE_URL=... STROWGER_DATABASE_BACKUP_URL=postgresql://backup:...@db/... strowger backup /srv/backup
    """
    settings = load_settings(state_dir=state_dir, backup_dir=folder, key_backup_dir=keys)
    secrets = load_or_create(settings.state_dir)
    if settings.backup_dir is None or settings.keys_dir is None:
        raise BackupError(Code.NO_FOLDER, "Name a folder, or set STROWGER_BACKUP_DIR.")
    console, tools = make_console(), PostgresTools.find()
    made: list[Made] = []
    with database_for(settings, secrets) as addresses, Steps(console) as steps:
        source = asyncio.run(_source(settings, secrets, addresses))
        if not keys_only:
            made.append(back_up_data(source, settings.backup_dir, tools, steps.step))
        made.append(back_up_keys(source, settings.keys_dir, tools, steps.step))
        if settings.archive and not keys_only:
            made.append(back_up_base(source, archive_of(settings), tools, steps.step))
    gone = forget_old_keys(settings.keys_dir, settings.key_backup_days, tools)
    if json is not None:
        json.write_bytes(msgspec.json.format(msgspec.json.encode(made)) + b"\n")
    _tell(console, made, gone)


async def _source(settings: Settings, secrets: Secrets, addresses: DatabaseAddresses) -> Source:
    if addresses.backup_url is None:
        raise BackupError(
            Code.NO_ROLE,
            "STROWGER_DATABASE_BACKUP_URL is missing: a back-up needs a role that row-level security does not filter "
            "(CREATE ROLE strowger_backup LOGIN BYPASSRLS IN ROLE pg_read_all_data).",
        )
    schema = await schema_version(addresses.backup_url)
    if schema == 0:
        raise BackupError(Code.NO_BACKUP, "The database is empty: there is nothing to back up.")
    return Source(
        url=addresses.backup_url,
        schema=schema,
        server=await server_major(addresses.backup_url),
        vault_key=settings.vault_key.get_secret_value() if settings.vault_key else secrets.vault_key,
        installation_keys={name: getattr(secrets, name) for name in KEY_FIELDS if getattr(settings, name) is None},
    )


def _tell(console: Console, made: list[Made], gone: list[Path]) -> None:
    for one in made:
        console.print(f"{one.folder}: {in_words(one.bytes)} in {one.seconds:.1f} s", markup=False)
    for path in gone:
        console.print(f"{path}: removed, it held keys and its time was over", markup=False)
