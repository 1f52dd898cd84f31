"""`strowger replay`: a day of a call center through the running system, ours beside the record."""

import asyncio
import math
from datetime import datetime
from pathlib import Path
from typing import Annotated

import aiohttp
import msgspec
import typer
import uvloop
from rich.console import Console

from benchmarks.calls.kills import FindPids
from benchmarks.replay.bank import read_bank
from benchmarks.replay.page import write_page
from benchmarks.replay.run import Replayed, ReplayPlan, run_replay
from benchmarks.replay.shapes import BUSY_DAY
from benchmarks.replay.synthetic import make_trace
from benchmarks.replay.table import table_of
from benchmarks.replay.trace import Trace, TraceError, window
from scripts.cli.database import database_for
from scripts.cli.loads import Bars, find_ray, pid_finder, target_of
from scripts.cli.options import MOMENTS, StateDir
from scripts.errors import OperatorError
from scripts.house.screen import make_console
from scripts.load_settings import load_settings
from scripts.secrets_file import load_or_create
from scripts.settings import Settings
from web.client import Client, ClientError


def register(app: typer.Typer) -> None:
    app.command("replay")(replay)


def replay(
    *,
    trace_file: Annotated[Path | None, typer.Argument(metavar="TRACE", help="The recorded calls.")] = None,
    synthetic: Annotated[bool, typer.Option("--synthetic", help="Make a day of the same shape up instead.")] = False,
    speed: Annotated[float, typer.Option(help="All business durations are divided by it.")] = 60.0,
    begin: Annotated[
        datetime | None, typer.Option("--from", formats=MOMENTS, help="Calls from then on, in the trace's time.")
    ] = None,
    end: Annotated[
        datetime | None, typer.Option("--to", formats=MOMENTS, help="Cut it off then; who waits is open.")
    ] = None,
    wrap_up: Annotated[
        float, typer.Option("--wrap-up", min=0.0, max=3_600.0, help="Wrap-up after each call, trace seconds.")
    ] = 0.0,
    kill: Annotated[bool, typer.Option("--kill", help="kill -9 every shard once in the course of it.")] = False,
    seed: Annotated[int, typer.Option(help="What is drawn follows from it.")] = 1,
    json_file: Annotated[Path | None, typer.Option("--json", help="Write the report as JSON.")] = None,
    html_file: Annotated[
        Path | None, typer.Option("--html", help="Write the page with charts.", show_default="replay-FIRST-DAY.html")
    ] = None,
    state_dir: StateDir = None,
) -> None:
    """Play a day of a call center through the running system, and show it beside the record.

    Callers and agents use the public websockets. Talk, patience, wrap-up, the offer deadline, the service level and the
    credit for priority are divided by the speed; waits are told in the trace's time, latencies of the system as they
    are. Without a wrap-up in the record, agents are free as soon as a call ends. Needs a `strowger run` with the
    demonstration clinic on this state folder.

    [bold]Examples[/bold]

    strowger replay february_first_half.tsv --from 1999-02-01T08:00 --to 1999-02-01T10:00

    strowger replay february_first_half.tsv --from 1999-02-01 --to 1999-02-02 --speed 120 --kill

    strowger replay --synthetic --seed 7 --speed 200 --json report.json
    """
    if not 0 < speed < math.inf:
        raise OperatorError(f"--speed must be a number greater than 0, and {speed:g} is not.")
    if (trace_file is None) is not synthetic:
        raise OperatorError("Name a file with recorded calls, or say --synthetic to have a day made up.")
    for file in (json_file, html_file):
        if file is not None and not file.absolute().parent.is_dir():
            raise OperatorError(f"There is no folder {file.parent}, so that {file.name} cannot be written there.")
    settings = load_settings(state_dir=state_dir)
    try:
        trace = read_bank(trace_file, seed=seed) if trace_file is not None else make_trace(BUSY_DAY, seed)
        trace = window(trace, begin, end)
    except TraceError as error:
        raise OperatorError(str(error)) from None
    plan = ReplayPlan(
        speed=speed, seed=seed, wrap_up_s=wrap_up, ends_at_s=trace.seconds(end) if end is not None else None
    )
    console = make_console()
    replayed = uvloop.run(_play(settings, trace, plan, console, kill=kill))
    page_file = html_file or Path(f"replay-{trace.moment(trace.calls[0].arrived_s):%Y-%m-%d}.html")
    _tell(console, replayed, trace, json_file, page_file)


async def _play(settings: Settings, trace: Trace, plan: ReplayPlan, console: Console, *, kill: bool) -> Replayed:
    await _refuse_unless_it_answers(settings.address)
    find_pids: FindPids | None = None
    if kill:
        find_pids = pid_finder(await asyncio.to_thread(find_ray, settings))
    secrets = load_or_create(settings.state_dir)
    with database_for(settings, secrets) as database:
        target = target_of(settings, database.journal_url)
        try:
            with Bars(console) as bars:
                return await run_replay(target, trace, plan, bars, kill=find_pids)
        except ClientError as error:
            raise OperatorError(f"{target.url} refuses the replay: {error}") from None


async def _refuse_unless_it_answers(url: str) -> None:
    async with Client(url) as client:
        try:
            await client.readiness()
        except (aiohttp.ClientError, TimeoutError):
            raise OperatorError(f"Nothing answers at {url}: start `strowger run` first.") from None


def _tell(console: Console, replayed: Replayed, trace: Trace, json_file: Path | None, page_file: Path) -> None:
    report = replayed.report
    console.print(table_of(report))
    for sentence in report.explanations:
        console.print(f"· {sentence}", markup=False)
    if json_file is not None:
        json_file.write_bytes(msgspec.json.format(msgspec.json.encode(report)) + b"\n")
    write_page(page_file, replayed, trace)
    console.print(f"\nThe page with charts: {page_file}", markup=False)
    if report.complaints:
        raise OperatorError(" ".join(report.complaints))
