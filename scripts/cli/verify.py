"""`strowger verify`: replay the journal and prove that everything derived from it equals it."""

import asyncio
from pathlib import Path
from typing import Annotated

import msgspec
import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from actors.verification.findings import Report
from actors.verification.verify import verify as verify_journal
from persistence.postgres.journal import PostgresJournal
from persistence.postgres.pool import open_pool
from persistence.postgres.projections import PostgresProjections
from scripts.cli.database import database_for
from scripts.cli.options import StateDir
from scripts.compose import DatabaseAddresses
from scripts.house.screen import make_console
from scripts.load_settings import load_settings
from scripts.secrets_file import load_or_create

SHOWN_MAX = 20
"""Findings told on the terminal; the JSON file has them all."""


def register(app: typer.Typer) -> None:
    app.command("verify")(verify)


def verify(
    *,
    json: Annotated[Path | None, typer.Option(help="Write the result to this file.")] = None,
    state_dir: StateDir = None,
) -> None:
    """Replay the journal from its first entry and compare: heads, snapshots, indexes, live pictures, rows of reports.

    Changes nothing, and may run beside a working system. Exit status 1 if anything differs; what differs is named by
    ids alone.

    [bold]Examples[/bold]

    strowger verify

    STROWGER_DATABASE_URL=postgresql://owner:...@db/strowger strowger verify --json verified.json
    """
    settings = load_settings(state_dir=state_dir)
    secrets = load_or_create(settings.state_dir)
    console = make_console()
    with database_for(settings, secrets) as addresses:
        report = asyncio.run(verify_database(addresses, console))
    if json is not None:
        json.write_bytes(msgspec.json.format(msgspec.json.encode(report)) + b"\n")
    tell(console, report)
    if report.found:
        raise typer.Exit(1)


async def verify_database(addresses: DatabaseAddresses, console: Console) -> Report:
    """Verify what a database holds, with a bar that counts entries. Raises `StoreError`."""
    journal = await PostgresJournal.connect(addresses.journal_url, connections_max=1)
    pool = await open_pool(addresses.app_url, connections_max=1)
    try:
        total = sum(head.position for head in await journal.heads())
        columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
        with Progress(*columns, console=console, disable=not console.is_terminal) as bar:
            task = bar.add_task("entries", total=total)
            return await verify_journal(journal, PostgresProjections(pool), lambda count: bar.advance(task, count))
    finally:
        await pool.close()
        await journal.close()


def tell(console: Console, report: Report) -> None:
    """Print what a verification found."""
    console.print(
        f"{report.entries} entries in {report.streams} streams replayed; "
        f"{report.snapshots} snapshots and {report.rows} rows compared"
    )
    if report.shortened:
        console.print(f"{report.shortened} streams have lost their beginning to retention and began at their snapshots")
    if report.other_form:
        console.print(f"{report.other_form} snapshots are of another version's form: recoveries replay instead")
    for finding in report.findings[:SHOWN_MAX]:
        console.print(f"{finding.code}: {finding.where}: {finding.sentence}", style="red", markup=False)
    if report.found:
        console.print(f"{report.found} differences", style="bold red")
    else:
        console.print("[green]everything equals the journal[/green]")
