"""`strowger migrate`: bring the database to this version's schema."""

import asyncio

import typer

from persistence.migrate import migrate as migrate_database
from scripts.cli.database import database_for
from scripts.cli.options import StateDir
from scripts.compose import DatabaseAddresses
from scripts.house.screen import Steps, make_console
from scripts.load_settings import SettingsError, load_settings
from scripts.secrets_file import load_or_create


def register(app: typer.Typer) -> None:
    app.command("migrate")(migrate)


def migrate(*, state_dir: StateDir = None) -> None:
    """Apply the migrations that are missing. Safe to repeat, and while another one runs.

    `strowger run` does this itself. In production, run it before a new version starts, with the owner's address in
    STROWGER_DATABASE_URL; gateways and shards then need only STROWGER_DATABASE_APP_URL and
    STROWGER_DATABASE_JOURNAL_URL.

    [bold]Example[/bold]

    STROWGER_DATABASE_URL=postgresql://owner:...@db/strowger strowger migrate
    """
    settings = load_settings(state_dir=state_dir)
    secrets = load_or_create(settings.state_dir)
    with database_for(settings, secrets) as addresses:
        applied = asyncio.run(_migrate(addresses))
    make_console().print(f"Applied: {', '.join(applied)}." if applied else "The schema is up to date.")


async def _migrate(addresses: DatabaseAddresses) -> list[str]:
    if addresses.owner_url is None:
        raise SettingsError(["STROWGER_DATABASE_URL: is missing, migrations run as the owner of the tables."])
    with Steps(make_console()) as steps, steps.step("Migrations") as say:
        return await migrate_database(
            addresses.owner_url,
            app_password=addresses.app_password,
            journal_password=addresses.journal_password,
            on_step=say,
        )
