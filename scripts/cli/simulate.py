"""`strowger simulate`: scenarios and recorded days in virtual time, by the engine's own rules."""

import time
from datetime import datetime
from pathlib import Path
from typing import Annotated, Self

import msgspec
import typer
from msgspec import structs
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeElapsedColumn

from benchmarks.processes import in_processes
from benchmarks.replay.trace import TraceError
from benchmarks.simulate.cases import Case
from benchmarks.simulate.oracles import ORACLES, Verdict, judge, replicate, shares
from benchmarks.simulate.page import write_page
from benchmarks.simulate.report import Report, as_json
from benchmarks.simulate.run import Order, Ticks, simulate
from benchmarks.simulate.scenario import Scenario, ScenarioError, read_scenario
from benchmarks.simulate.staffing import staff
from benchmarks.simulate.table import days_table, oracles_table, staffing_table, table_of, variants_table
from engine.settings import Strategy
from scripts.cli.options import MOMENTS
from scripts.errors import OperatorError
from scripts.house.screen import make_console

REPLICATIONS = 20
"""Of a scenario; a recorded trace is lived through once, because only its patience is drawn."""


def register(app: typer.Typer) -> None:
    app.command("simulate")(simulate_command)


def simulate_command(
    *,
    scenario_file: Annotated[Path | None, typer.Argument(metavar="[SCENARIO]", help="A scenario, TOML.")] = None,
    trace_file: Annotated[Path | None, typer.Option("--trace", help="The recorded calls, instead.")] = None,
    begin: Annotated[
        datetime | None, typer.Option("--from", formats=MOMENTS, help="Trace: calls from then on.")
    ] = None,
    end: Annotated[datetime | None, typer.Option("--to", formats=MOMENTS, help="Trace: cut it off then.")] = None,
    wrap_up: Annotated[
        float, typer.Option("--wrap-up", min=0.0, max=3_600.0, help="Trace: wrap-up after each call, seconds.")
    ] = 0.0,
    what_if: Annotated[
        list[str] | None, typer.Option("--what-if", help="A change, side by side with the rest; may be repeated.")
    ] = None,
    strategies: Annotated[bool, typer.Option("--strategies", help="Every strategy side by side.")] = False,
    replications: Annotated[
        int | None, typer.Option(min=1, max=10_000, help="Days drawn.", show_default="20, of a trace 1")
    ] = None,
    seed: Annotated[int, typer.Option(min=0, help="What is drawn follows from it.")] = 1,
    workers: Annotated[int | None, typer.Option(min=1, help="Processes.", show_default="one per core")] = None,
    staff_to_sla: Annotated[
        float | None,
        typer.Option(min=0.01, max=0.999, help="Of a scenario: the smallest roster that answers this share in time."),
    ] = None,
    oracles: Annotated[bool, typer.Option("--oracles", help="Hold the engine against waiting-line theory.")] = False,
    json_file: Annotated[Path | None, typer.Option("--json", help="Write the report as JSON.")] = None,
    html_file: Annotated[Path | None, typer.Option("--html", help="Write a page with charts.")] = None,
) -> None:
    """Live through a scenario or a recorded trace in virtual time, by the same rules that route real calls.

    No system need run. Replications use one core each; the same seed always gives the same figures. Changes for
    `--what-if`, several joined by commas: agents+1@10:00-12:00, agents-1@10:00-12:00, strategy=NAME,
    positions=fewest-skills, credit=SECONDS, wrap-up=SECONDS, sla=SECONDS.

    [bold]Examples[/bold]

    strowger simulate morning.toml --what-if agents+1@10-12 --what-if strategy=round-robin --html morning.html

    strowger simulate --trace february_first_half.tsv --strategies --json report.json

    strowger simulate morning.toml --staff-to-sla 0.8

    strowger simulate --oracles
    """
    console = make_console()
    if oracles:
        _hold_against_theory(console, seed, workers, json_file)
        return
    if (scenario_file is None) is (trace_file is None):
        raise OperatorError("Name a scenario file, or a recorded trace with --trace, or say --oracles.")
    if scenario_file is not None and (begin or end or wrap_up):
        raise OperatorError("--from, --to and --wrap-up are for a trace; a scenario says all that itself.")
    if trace_file is not None and staff_to_sla is not None:
        raise OperatorError("--staff-to-sla is for a scenario; a trace has its own agents.")
    try:
        scenario = read_scenario(scenario_file) if scenario_file is not None else None
        if scenario is not None and staff_to_sla is not None:
            days = range(seed, seed + (replications or REPLICATIONS))
            _staff(console, scenario, staff_to_sla, days, json_file)
            return
        case = Case(scenario=scenario, trace_file=trace_file, begin=begin, end=end, wrap_up_s=wrap_up)
        changes = [*(what_if or ()), *(f"strategy={one.value}" for one in (Strategy if strategies else ()))]
        order = Order(
            case=case,
            what_ifs=changes,
            replications=replications or (REPLICATIONS if scenario is not None else 1),
            seed=seed,
            workers=workers,
        )
        with _Bar(console, "replications", len(order.jobs)) as bar:
            report = simulate(order, bar)
    except (TraceError, ScenarioError) as error:
        raise OperatorError(str(error)) from None
    _tell(console, report, json_file, html_file)


def _tell(console: Console, report: Report, json_file: Path | None, html_file: Path | None) -> None:
    for table in (table_of(report), variants_table(report), days_table(report)):
        if table is not None:
            console.print(table)
    for sentence in report.explanations:
        console.print(f"· {sentence}", markup=False)
    if json_file is not None:
        _write(json_file, as_json(report))
    if html_file is not None:
        write_page(html_file, report)
        console.print(f"\nThe page with charts: {html_file}", markup=False)


def _staff(console: Console, scenario: Scenario, target: float, seeds: range, json_file: Path | None) -> None:
    with _Bar(console, "intervals", scenario.intervals) as bar:
        found = staff(scenario, target, seeds, bar)
    console.print(staffing_table(scenario, target, found))
    if json_file is not None:
        _write(json_file, {"target": target, "replications": len(seeds), "seed": seeds[0], "by_interval": found})


def _hold_against_theory(console: Console, seed: int, workers: int | None, json_file: Path | None) -> None:
    began_s = time.perf_counter()
    verdicts: list[Verdict] = []
    jobs = [share for oracle in ORACLES for share in shares(oracle, seed)]
    with _Bar(console, "replications", len(jobs)) as bar:
        found = {}
        for index, replication in in_processes(replicate, jobs, workers):
            found[index] = replication
            bar.advance(1)
    at = 0
    for oracle in ORACLES:
        mine = [found[index] for index in range(at, at + oracle.replications)]
        verdicts += judge(oracle, mine)
        at += oracle.replications
    elapsed_s = time.perf_counter() - began_s
    calls = sum(oracle.replications * (oracle.warm_up + oracle.calls) for oracle in ORACLES)
    console.print(oracles_table(verdicts))
    console.print(f"{calls:,} calls in {elapsed_s:.0f} s, {calls / elapsed_s:,.0f} calls/s")
    if json_file is not None:
        told = [structs.asdict(one) | {"agrees": one.agrees, "is_narrow": one.is_narrow} for one in verdicts]
        _write(json_file, {"seed": seed, "calls": calls, "elapsed_s": round(elapsed_s, 1), "verdicts": told})
    off = [one for one in verdicts if not one.agrees or not one.is_narrow]
    if off:
        raise OperatorError(f"{len(off)} of {len(verdicts)} figures differ from theory or are too wide.")


def _write(file: Path, report: object) -> None:
    try:
        file.write_bytes(msgspec.json.format(msgspec.json.encode(report)) + b"\n")
    except OSError as error:
        raise OperatorError(f"{file} cannot be written: {error.strerror}.") from None


class _Bar(Ticks):
    """A bar on a terminal, for what takes more than a moment."""

    def __init__(self, console: Console, name: str, total: int) -> None:
        columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
        self._progress = Progress(*columns, console=console, transient=True, disable=not console.is_terminal)
        self._task: TaskID = self._progress.add_task(name, total=total)

    def __enter__(self) -> Self:
        self._progress.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._progress.stop()

    def advance(self, count: int) -> None:
        self._progress.advance(self._task, count)
