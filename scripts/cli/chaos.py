"""`strowger chaos`: real faults on real processes under load."""

import logging
import shutil
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import msgspec
import typer
import uvloop
from rich.console import Console
from rich.table import Table

from benchmarks.chaos.faults import FAULTS, Fault
from benchmarks.chaos.ground import Needs
from benchmarks.chaos.load import Crowd
from benchmarks.chaos.report import ChaosReport, FaultReport, HouseReport, Skipped, kinds_of
from benchmarks.chaos.run import live_through
from benchmarks.chaos.schedule import Planned, draw_schedule
from scripts.chaos.disk import why_no_disk
from scripts.chaos.houses import built
from scripts.cli.loads import Bars
from scripts.errors import OperatorError
from scripts.house.screen import make_console


def register(app: typer.Typer) -> None:
    app.command("chaos")(chaos)


def chaos(
    *,
    each: Annotated[int, typer.Option(min=1, help="How many faults of each kind.")] = 1,
    faults: Annotated[
        int | None, typer.Option(min=1, help="How many faults in all, dealt out evenly.", show_default="by --each")
    ] = None,
    kinds: Annotated[str | None, typer.Option(help="Only these, separated by commas.", show_default="all")] = None,
    rate: Annotated[float, typer.Option(min=0.5, help="Calls a second, Poisson arrivals.")] = 10.0,
    agents: Annotated[int, typer.Option(min=2, max=5_000, help="Agents that answer.")] = 60,
    open_calls: Annotated[
        int, typer.Option("--open-calls", min=0, max=100_000, help="Callers who wait all the time besides.")
    ] = 0,
    seed: Annotated[int, typer.Option(help="Order, moments and victims follow from it.")] = 1,
    json_file: Annotated[Path | None, typer.Option("--json", help="Write the report as JSON.")] = None,
    keep: Annotated[bool, typer.Option("--keep", help="Keep the houses' folder with their logs.")] = False,
    list_kinds: Annotated[bool, typer.Option("--list", help="List the kinds, and end.")] = False,
) -> None:
    """Let real faults strike real houses under load, and judge by what the callers' and agents' side saw.

    Houses of its own are started for this, in a folder of their own; no other installation is touched. A call is lost
    if it was acknowledged and the journal does not know it; a double offer is a second open offer or a second winner of
    a call, by the client's account or the journal's; a stale write is an entry of a shard whose successor had claimed
    before. Each house ends with `strowger verify`. Exit status 1 if anything was lost, double or stale, differs, or
    never came back.

    [bold]Examples[/bold]

    strowger chaos

    strowger chaos --each 15 --seed 7 --json chaos.json

    strowger chaos --faults 40 --kinds kill-queue,kill-agent,pause-shard --rate 30 --agents 180

    strowger chaos --kinds kill-queue --each 5 --open-calls 5000

    strowger chaos --list
    """
    console = make_console()
    logging.getLogger("asyncpg").setLevel(logging.CRITICAL)  # the judge's connections break with everybody else's
    if list_kinds:
        console.print(_kinds_table())
        return
    chosen = _chosen(kinds)
    possible, skipped = _possible(chosen)
    for one in skipped:
        console.print(f"{', '.join(one.kinds)} skipped: {one.why}", markup=False)
    total = faults if faults is not None else each * len(possible)
    schedule = draw_schedule(possible, seed, total) if possible else {}
    run = Run(Crowd(rate, agents, open_calls, seed), skipped, json_file)
    folder = Path(tempfile.mkdtemp(prefix="strowger-chaos-"))
    try:
        report = uvloop.run(_live_through_all(run, schedule, folder, console))
    finally:
        if not keep:
            shutil.rmtree(folder, ignore_errors=True)
    console.print(_table(report))
    if keep:
        console.print(f"What the houses left is in {folder}.", markup=False)
    if report.complaints:
        raise OperatorError(" ".join(report.complaints))


class Run:
    """Gathers what the houses say, and writes the report after each, so that little is lost if a later one fails."""

    def __init__(self, crowd: Crowd, skipped: list[Skipped], json_file: Path | None) -> None:
        self.crowd = crowd
        self._skipped = skipped
        self._json_file = json_file
        self._began_s = time.monotonic()
        self._faults: list[FaultReport] = []
        self._houses: list[HouseReport] = []

    def add(self, faults: Sequence[FaultReport], house: HouseReport) -> None:
        self._faults += faults
        self._houses.append(house)
        if self._json_file is not None:
            self._json_file.write_bytes(msgspec.json.format(msgspec.json.encode(self.report())) + b"\n")

    def report(self) -> ChaosReport:
        houses, faults = self._houses, self._faults
        return ChaosReport(
            seed=self.crowd.seed,
            rate=self.crowd.rate,
            agents=self.crowd.agents,
            open_calls=self.crowd.open_calls,
            lost_calls=sum(one.lost_calls for one in houses),
            double_offers=sum(one.double_offers for one in houses),
            stale_writes=sum(one.stale_writes for one in houses),
            unserved=sum(one.unserved for one in houses),
            differences=sum(one.differences for one in houses),
            never=sum(1 for one in faults if one.dispatching_again_s is None),
            elapsed_s=round(time.monotonic() - self._began_s, 1),
            faults=faults,
            kinds=kinds_of(faults),
            houses=houses,
            skipped=self._skipped,
        )


async def _live_through_all(
    run: Run, schedule: dict[Needs, list[Planned]], folder: Path, console: Console
) -> ChaosReport:
    for needs, planned in schedule.items():
        console.print(f"Starting a house ({needs.value}) ...")
        async with built(needs, folder / needs.value) as house:
            with Bars(console) as bars:
                story = await live_through(house.ground, needs, planned, house.target, run.crowd, house.judge, bars)
        run.add(story.faults, story.house)
    return run.report()


def _chosen(kinds: str | None) -> list[Fault]:
    if kinds is None:
        return list(FAULTS)
    by_kind = {fault.kind: fault for fault in FAULTS}
    wanted = [kind.strip() for kind in kinds.split(",") if kind.strip()]
    unknown = [kind for kind in wanted if kind not in by_kind]
    if unknown or not wanted:
        raise OperatorError(f"There is no kind {', '.join(unknown) or 'without a name'}; see `strowger chaos --list`.")
    return [by_kind[kind] for kind in dict.fromkeys(wanted)]


def _possible(chosen: list[Fault]) -> tuple[list[Fault], list[Skipped]]:
    """What this machine can try, and what it cannot."""
    why = why_no_disk()
    without = [fault.kind for fault in chosen if fault.needs is Needs.SMALL_DISK and why]
    skipped = [Skipped(without, why)] if why and without else []
    return [fault for fault in chosen if fault.kind not in without], skipped


def _kinds_table() -> Table:
    table = Table(box=None, padding=(0, 3, 0, 0))
    for column in ("kind", "what happens", "house"):
        table.add_column(column)
    for fault in FAULTS:
        table.add_row(fault.kind, fault.about, fault.needs.value)
    return table


def _table(report: ChaosReport) -> Table:
    title = f"{len(report.faults)} faults, {report.rate:g} calls/s, {report.agents} agents, seed {report.seed}"
    table = Table(title=title)
    table.add_column("kind")
    for column in ("faults", "in flight", "lost", "double", "stale", "rings again, s", "max", "pause, s", "max"):
        table.add_column(column, justify="right")
    for kind in report.kinds:
        counts = (kind.faults, kind.in_flight, kind.lost_calls, kind.double_offers, kind.stale_writes)
        again = (kind.dispatching_again_s_p50, kind.dispatching_again_s_max)
        pauses = (kind.longest_pause_s_p50, kind.longest_pause_s_max)
        table.add_row(kind.kind, *map(str, counts), *("never" if s is None else f"{s:.2f}" for s in (*again, *pauses)))
    acknowledged = sum(house.acknowledged for house in report.houses)
    entries = sum(house.entries for house in report.houses)
    table.caption = (
        f"{acknowledged} acknowledged calls: {report.lost_calls} lost, {report.double_offers} double offers, "
        f"{report.unserved} unserved; {entries} entries: {report.stale_writes} stale, {report.differences} differences"
    )
    return table
