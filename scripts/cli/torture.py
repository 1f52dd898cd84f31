"""`strowger torture`: many seeded worlds, each lives through faults and is judged."""

import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Annotated, Any

import msgspec
import typer
from msgspec.structs import asdict
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

from actors.simulation.coverage import Coverage, cover
from actors.simulation.faults import KINDS
from actors.simulation.minimise import minimise
from actors.simulation.trial import Trial
from actors.simulation.world import WorldReport, live_through_all
from benchmarks.processes import in_processes
from scripts.house.screen import make_console

SEEDS_PER_SHARE = 4
"""Worlds that a process lives through before it reports, so that the bar moves and a slow world holds up few."""
SHOWN_MAX = 20
"""Violations told on the terminal; the JSON file has all of them."""
WHOLE = Trial(0)

Share = tuple[list[WorldReport], float]
"""What some worlds led to, and how long the processor took for them, in seconds."""


def register(app: typer.Typer) -> None:
    app.command("torture")(torture)


def torture(
    *,
    seeds: Annotated[int, typer.Option(min=1, help="How many worlds.")] = 200,
    seed_from: Annotated[int, typer.Option(min=0, help="The first seed.")] = 1,
    every_fault: Annotated[bool, typer.Option(help="All classes of faults in all worlds.")] = False,
    without: Annotated[list[str] | None, typer.Option(help="Leave this class of faults out; may be repeated.")] = None,
    storm_s: Annotated[float, typer.Option(min=0.1, help="No storm longer than this.")] = WHOLE.storm_s,
    tenants: Annotated[int, typer.Option(min=1, help="At most so many tenants.")] = WHOLE.tenants,
    agents: Annotated[int, typer.Option(min=1, help="At most so many agents for each tenant.")] = WHOLE.agents,
    callers: Annotated[int, typer.Option(min=1, help="At most so many callers for each tenant.")] = WHOLE.callers,
    smallest: Annotated[
        bool, typer.Option("--minimise", help="Find the smallest world that fails as the first failing one does.")
    ] = False,
    workers: Annotated[int | None, typer.Option(min=1, help="Processes.", show_default="one per core")] = None,
    json: Annotated[Path | None, typer.Option(help="Write the result to this file.")] = None,
) -> None:
    """Let seeded worlds live through lost messages, crashes and failing commits, and judge each by the invariants.

    The real engine and the real shards run over a simulated clock, network and store. A seed always leads to the same
    world. Exit status 1 if any world violates an invariant, or if something never happened that should in so many
    worlds; a line says how to repeat the first failure.

    [bold]Examples[/bold]

    strowger torture --seeds 2000 --every-fault --json torture.json

    strowger torture --seeds 1 --seed-from 4711 --minimise
    """
    shape = Trial(seed_from, every_fault, _classes(without or []), storm_s, tenants, agents, callers)
    console = make_console()
    began_s = time.monotonic()
    reports: list[WorldReport] = []
    processor_s = 0.0
    with _bar(console) as bar:
        task = bar.add_task("worlds", total=seeds)
        for share, took_s in _lived_through(shape, seeds, workers):
            reports += share
            processor_s += took_s
            bar.advance(task, len(share))
    result = summary(reports, time.monotonic() - began_s, processor_s)
    _tell(console, result)
    if smallest and result["violations"]:
        result["minimised"] = _minimised(console, reports)
    if json is not None:
        json.write_bytes(msgspec.json.format(msgspec.json.encode(result)) + b"\n")
    if result["violations"] or result["missing"]:
        raise typer.Exit(1)


def summary(reports: Sequence[WorldReport], took_s: float, processor_s: float) -> dict[str, Any]:
    """What the JSON file holds. `steps`: deliveries; `seeds_per_core_s`: by the time that the processor was ours."""
    ordered = sorted(reports, key=lambda report: report.trial.seed)
    return {
        "seeds": len(reports),
        "steps": sum(report.steps for report in reports),
        "calls": sum(report.calls for report in reports),
        "violations": [
            {"seed": report.trial.seed, "sentence": sentence, "repeat": command(report.trial)}
            for report in ordered
            for sentence in report.violations
        ],
        **asdict(_in_runs_as_drawn(ordered)),
        "seeds_per_s": round(len(reports) / took_s, 2),
        "seeds_per_core_s": round(len(reports) / processor_s, 2),
    }


def command(trial: Trial) -> str:
    """The line that repeats one world."""
    words = ["strowger torture --seeds 1 --seed-from", str(trial.seed)]
    words += ["--every-fault"] if trial.every else []
    words += [f"--without {name}" for name in trial.without]
    for name in ("storm_s", "tenants", "agents", "callers"):
        if getattr(trial, name) != getattr(WHOLE, name):
            words.append(f"--{name.replace('_', '-')} {getattr(trial, name)}")
    return " ".join(words)


def live(trials: Sequence[Trial]) -> Share:
    """The share of one process."""
    began_s = time.process_time()
    return live_through_all(trials), time.process_time() - began_s


def _classes(names: Sequence[str]) -> tuple[str, ...]:
    for name in names:
        if name not in KINDS:
            raise typer.BadParameter(f"there is no class of faults {name!r}; there are {', '.join(KINDS)}")
    return tuple(names)


def _in_runs_as_drawn(reports: Sequence[WorldReport]) -> Coverage:
    """Whoever leaves something out on purpose is not told that it is missing."""
    covered = cover(reports)
    as_drawn = all(msgspec.structs.replace(report.trial, seed=0, every=False) == WHOLE for report in reports)
    return covered if as_drawn else msgspec.structs.replace(covered, missing=())


def _lived_through(shape: Trial, seeds: int, workers: int | None) -> Iterator[Share]:
    """The reports of each share, as they come."""
    trials = [msgspec.structs.replace(shape, seed=shape.seed + index) for index in range(seeds)]
    shares = [trials[at : at + SEEDS_PER_SHARE] for at in range(0, len(trials), SEEDS_PER_SHARE)]
    return (share for _, share in in_processes(live, shares, workers))


def _minimised(console: Console, reports: Sequence[WorldReport]) -> dict[str, Any]:
    """The smallest world that fails as the first failing one does."""
    failing = min((report for report in reports if report.violations), key=lambda report: report.trial.seed)
    trial = minimise(failing.trial)
    console.print(f"the smallest like it: {command(trial)}", markup=False)
    return {"trial": msgspec.to_builtins(trial), "repeat": command(trial)}


def _bar(console: Console) -> Progress:
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    return Progress(*columns, TimeRemainingColumn(), console=console, disable=not console.is_terminal)


def _tell(console: Console, result: dict[str, Any]) -> None:
    rates = f"{result['seeds_per_s']} worlds/s, {result['seeds_per_core_s']} for each second of a core"
    console.print(f"{result['seeds']} worlds, {result['calls']} calls, {result['steps']} steps, {rates}")
    for title, key in (("faults lived through", "faults"), ("seen of the engine", "lived")):
        told = ", ".join(f"{count} x {name}" for name, count in result[key].items()) or "none"
        console.print(f"{title}: {told}", markup=False)
    deaths = result["places"].values()
    console.print(f"places where a process can die: {len(deaths)}, where one did: {sum(map(bool, deaths))}")
    for name in result["missing"]:
        console.print(f"never happened: {name}", style="red", markup=False)
    violations = result["violations"]
    for violation in violations[:SHOWN_MAX]:
        console.print(f"seed {violation['seed']}: {violation['sentence']}", style="red", markup=False)
    if not violations:
        console.print("[green]no violation[/green]")
        return
    console.print(
        f"{len(violations)} violations in {len({one['seed'] for one in violations})} worlds", style="bold red"
    )
    console.print(f"repeat the first: {violations[0]['repeat']}", markup=False)
