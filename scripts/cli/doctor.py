"""`strowger doctor`: a table of checks, each with what to do."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime

import typer
from rich.table import Table

from scripts.cli.options import StateDir
from scripts.doctor.backups import look_at_backups
from scripts.doctor.check import Check, Verdict
from scripts.doctor.cluster import look_at_cluster
from scripts.doctor.machine import look_at_machine
from scripts.doctor.services import look_at_services
from scripts.house.screen import make_console
from scripts.load_settings import load_settings
from scripts.secrets_file import load_or_create

COLOURS = {Verdict.OK: "green", Verdict.WARN: "yellow", Verdict.FAIL: "bold red"}


def register(app: typer.Typer) -> None:
    app.command("doctor")(doctor)


def doctor(*, state_dir: StateDir = None) -> None:
    """Check this installation: ok, warn or fail for each part, and what to do. Exit status 1 if anything fails.

    [bold]Examples[/bold]

    strowger doctor

    STROWGER_DATABASE_URL=postgresql://owner:...@db/strowger strowger doctor
    """
    settings = load_settings(state_dir=state_dir)
    checks = list(look_at_machine(settings))
    if all(check.verdict is not Verdict.FAIL for check in checks if check.what == "State folder"):
        secrets = load_or_create(settings.state_dir)
        checks += asyncio.run(_collect(look_at_services(settings, secrets)))
        checks += look_at_backups(settings, datetime.now(UTC))
        checks += look_at_cluster(settings)
    make_console().print(_table(checks))
    if any(check.verdict is Verdict.FAIL for check in checks):
        raise typer.Exit(1)


async def _collect(found: AsyncIterator[Check]) -> list[Check]:
    return [check async for check in found]


def _table(checks: list[Check]) -> Table:
    table = Table(box=None, padding=(0, 3, 0, 0))
    for heading in ("", "what", "found", "what to do"):
        table.add_column(heading, overflow="fold")
    for check in checks:
        colour = COLOURS[check.verdict]
        table.add_row(f"[{colour}]{check.verdict}[/]", check.what, check.found, check.advice)
    return table
