"""`strowger bench`: how fast the running system is, with yardsticks from the same run."""

import asyncio
from pathlib import Path
from typing import Annotated

import msgspec
import typer
import uvloop
from rich.console import Console
from rich.table import Table

import benchmarks.calls.run as calls
from benchmarks.calls.plan import LoadPlan, make_plan
from scripts.cli.bench_pages import bench_pages
from scripts.cli.database import database_for
from scripts.cli.loads import Bars, find_ray, pid_finder, target_of
from scripts.cli.options import StateDir
from scripts.compose import NAMESPACE
from scripts.errors import OperatorError
from scripts.house.screen import make_console
from scripts.load_settings import load_settings
from scripts.secrets_file import load_or_create
from scripts.settings import Settings


def register(app: typer.Typer) -> None:
    group = typer.Typer(help="Measure the running system.", no_args_is_help=True)
    group.callback()(lambda: None)
    group.command("calls")(bench_calls)
    group.command("pages")(bench_pages)
    app.add_typer(group, name="bench")


def bench_calls(
    *,
    rate: Annotated[float, typer.Option(min=0.1, help="Calls a second, Poisson arrivals.")] = 20.0,
    agents: Annotated[int, typer.Option(min=1, max=20_000, help="Agents that answer.")] = 60,
    seconds: Annotated[float, typer.Option(min=1.0, help="How long calls arrive.")] = 20.0,
    talk: Annotated[float | None, typer.Option(min=0.01, help="Mean talk in seconds.")] = None,
    wrap_up: Annotated[float | None, typer.Option("--wrap-up", min=0.0, help="Mean wrap-up in seconds.")] = None,
    multiplex: Annotated[bool, typer.Option("--multiplex", help="Many agents on one websocket.")] = False,
    kill: Annotated[bool, typer.Option("--kill", help="kill -9 every shard once during the load.")] = False,
    seed: Annotated[int, typer.Option(help="Arrivals and durations follow from it.")] = 1,
    json_file: Annotated[Path | None, typer.Option("--json", help="Write the report as JSON.")] = None,
    state_dir: StateDir = None,
) -> None:
    """Open-loop load through the running system: latency counts from the scheduled arrival to the ring frame.

    Needs a `strowger run` with the demonstration clinic on this state folder. Without --talk and --wrap-up agents are
    busy for 70 % of their time. Lost calls and double offers come from the client's own ledger and the journal.

    [bold]Examples[/bold]

    strowger bench calls

    strowger bench calls --rate 100 --agents 300 --seconds 60 --json report.json

    strowger bench calls --rate 500 --agents 3000 --seconds 30 --multiplex

    strowger bench calls --rate 100 --agents 300 --seconds 60 --kill
    """
    settings = load_settings(state_dir=state_dir)
    plan = make_plan(
        rate=rate, agents=agents, seconds=seconds, talk_s=talk, wrap_up_s=wrap_up, multiplex=multiplex, seed=seed
    )
    console = make_console()
    report = uvloop.run(_measure(settings, plan, console, kill=kill))
    console.print(_table(report))
    if json_file is not None:
        json_file.write_bytes(msgspec.json.format(msgspec.json.encode(report)) + b"\n")
    if report.lost_calls or report.double_offers:
        raise OperatorError(f"{report.lost_calls} calls were lost and {report.double_offers} offers were double.")


async def _measure(settings: Settings, plan: LoadPlan, console: Console, *, kill: bool) -> calls.LoadReport:
    ray_address = find_ray(settings)
    from actors.cluster import open_ray_yardstick  # noqa: PLC0415 - reads the environment just set

    ray_call = await asyncio.to_thread(open_ray_yardstick, ray_address=ray_address, namespace=NAMESPACE)
    secrets = load_or_create(settings.state_dir)
    with database_for(settings, secrets) as database, Bars(console) as bars:
        return await calls.run_load(
            target_of(settings, database.journal_url),
            plan,
            bars,
            ray_call=ray_call,
            kill=pid_finder(ray_address) if kill else None,
        )


def _table(report: calls.LoadReport) -> Table:
    table = Table(title=f"{report.rate:g} calls/s, {report.agents} agents, occupancy {report.occupancy:.0%}")
    for column in ("ms", "p50", "p95", "p99", "max"):
        table.add_column(column, justify="right")
    rows = {"arrival to ring": report.ring_latency_ms, **report.yardsticks}
    for name, row in rows.items():
        values = (row.p50, row.p95, row.p99, row.max)
        table.add_row(name, *("-" if value is None else f"{value:.2f}" for value in values))
    table.caption = (
        f"{report.acknowledged} acknowledged, {report.completed} completed ({report.completed_per_s:g}/s), "
        f"{report.lost_calls} lost, {report.double_offers} double offers"
    )
    for kill in report.kills:
        table.caption += f"\n{kill}"
    return table
