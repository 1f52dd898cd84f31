"""`strowger bench pages`: how closely pages follow what happens, and how smoothly the live view moves."""

from pathlib import Path
from typing import Annotated

import msgspec
import typer
import uvloop
from rich.table import Table

from actors.config import Secret
from benchmarks.calls.run import Percentiles
from benchmarks.pages.chromium import BrowserMissingError
from benchmarks.pages.crowd import Plan
from benchmarks.pages.frames import Frames
from benchmarks.pages.run import PagesReport, run_pages
from benchmarks.pages.seats import Clinic, Seat
from scripts.cli.loads import Bars
from scripts.cli.options import StateDir
from scripts.errors import OperatorError
from scripts.house.screen import make_console
from scripts.load_settings import load_settings
from scripts.seed import DemoLogin, read_demo_logins
from scripts.settings import Settings


def bench_pages(
    *,
    rounds: Annotated[int, typer.Option(min=1, help="Whole calls that are followed.")] = 10,
    agents: Annotated[int, typer.Option(min=1, max=1_000, help="Agents of the crowd.")] = 500,
    waiting: Annotated[int, typer.Option(min=1, max=20_000, help="Calls that wait in it.")] = 1_000,
    changes: Annotated[float, typer.Option(min=0.1, help="Changes a second in it.")] = 30.0,
    seconds: Annotated[float, typer.Option(min=1.0, help="How long frames are counted.")] = 20.0,
    json_file: Annotated[Path | None, typer.Option("--json", help="Write the report as JSON.")] = None,
    state_dir: StateDir = None,
) -> None:
    """Real pages in a Chromium without a screen, over the running system: delays of events, and frames a second.

    First one agent takes calls by keyboard, and a supervisor's page is watched: how long after each event it shows it.
    Then the clinic is crowded and changes all the time, and the frames of the live view are counted beside those of an
    empty page. Needs a `strowger run` with the demonstration clinic on this state folder.

    [bold]Examples[/bold]

    strowger bench pages

    strowger bench pages --rounds 30 --changes 100 --json pages.json
    """
    settings = load_settings(state_dir=state_dir)
    console = make_console()
    plan = Plan(agents, waiting, changes)
    try:
        with Bars(console) as bars:
            report = uvloop.run(run_pages(clinic_of(settings), plan, bars, rounds=rounds, seconds=seconds))
    except BrowserMissingError as error:
        raise OperatorError(str(error)) from None
    console.print(_delays(report))
    console.print(_frames(report))
    if json_file is not None:
        json_file.write_bytes(msgspec.json.format(msgspec.json.encode(report)) + b"\n")


def clinic_of(settings: Settings) -> Clinic:
    """The demonstration clinic of the system that runs on this state folder."""
    demo = read_demo_logins(settings.state_dir)
    if demo is None:
        raise OperatorError("There is no demonstration clinic here: start `strowger run` on this state folder first.")
    return Clinic(
        settings.address,
        demo.clinic,
        _seat(demo.of_role("administrator")[0]),
        _seat(demo.of_role("supervisor")[0]),
        _seat(demo.of_role("agent")[0]),
    )


def _seat(login: DemoLogin) -> Seat:
    return Seat(login.login, Secret(login.password))


def _delays(report: PagesReport) -> Table:
    table = Table(title=f"Until the supervisor's page shows it, {report.rounds} calls")
    for column in ("event", "from", "p50 ms", "p95 ms", "max ms"):
        table.add_column(column, justify="right" if column.endswith("ms") else "left")
    for start, rows in (("page", report.follow_from_page_ms), ("key", report.follow_from_key_ms)):
        for event, row in rows.items():
            table.add_row(event.replace("_", " "), start, *map(_figure, _shown(row)))
    return table


def _shown(row: Percentiles) -> tuple[float | None, ...]:
    return (row.p50, row.p95, row.max)


def _figure(value: float | None) -> str:
    return "-" if value is None else f"{value:.1f}"


def _frames(report: PagesReport) -> Table:
    title = f"{report.agents} agents, {report.waiting} waiting calls, {report.changes_per_s:g} changes/s"
    table = Table(title=title)
    for column in ("page", "frames/s", "p50 ms", "p95 ms", "max ms", "dropped", "main thread busy"):
        table.add_column(column, justify="left" if column == "page" else "right")
    found = report.smoothness
    rows = {"live view": found.live, "empty, before": found.empty_before, "empty, after": found.empty_after}
    for name, row in rows.items():
        table.add_row(name, *_frames_row(row))
    return table


def _frames_row(row: Frames) -> tuple[str, ...]:
    times = (row.frame_ms_p50, row.frame_ms_p95, row.frame_ms_max)
    return (f"{row.frames_per_s:.1f}", *map(_figure, times), str(row.dropped), f"{row.busy_share:.0%}")
