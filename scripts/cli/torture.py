"""`strowger torture`: many seeded worlds, each lives through faults and is judged."""

import time
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Annotated, Any

import msgspec
import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

from actors.simulation.world import WorldReport, live_through_all
from benchmarks.processes import in_processes
from scripts.house.screen import make_console

SEEDS_PER_SHARE = 4
"""Worlds that a process lives through before it reports, so that the bar moves and a slow world holds up few."""
SHOWN_MAX = 20
"""Violations told on the terminal; the JSON file has all of them."""


def register(app: typer.Typer) -> None:
    app.command("torture")(torture)


def torture(
    *,
    seeds: Annotated[int, typer.Option(min=1, help="How many worlds.")] = 200,
    seed_from: Annotated[int, typer.Option(min=0, help="The first seed.")] = 1,
    workers: Annotated[int | None, typer.Option(min=1, help="Processes.", show_default="one per core")] = None,
    json: Annotated[Path | None, typer.Option(help="Write the result to this file.")] = None,
) -> None:
    """Let seeded worlds live through lost messages, crashes and failing commits, and judge each by the invariants.

    The real engine and the real shards run over a simulated clock, network and store. A seed always leads to the same
    world. Exit status 1 if any world violates an invariant; a line says how to repeat it.

    [bold]Examples[/bold]

    strowger torture --seeds 2000 --json torture.json

    strowger torture --seeds 1 --seed-from 4711
    """
    console = make_console()
    began_s = time.monotonic()
    reports: list[WorldReport] = []
    with _bar(console) as bar:
        task = bar.add_task("worlds", total=seeds)
        for share in _lived_through(range(seed_from, seed_from + seeds), workers):
            reports += share
            bar.advance(task, len(share))
    result = summary(reports, time.monotonic() - began_s)
    if json is not None:
        json.write_bytes(msgspec.json.format(msgspec.json.encode(result)) + b"\n")
    _tell(console, result)
    if result["violations"]:
        raise typer.Exit(1)


def summary(reports: Sequence[WorldReport], took_s: float) -> dict[str, Any]:
    """What the JSON file holds. `steps`: deliveries; `faults`: how many of each kind were lived through."""
    faults: Counter[str] = Counter()
    for report in reports:
        faults.update(report.faults)
    return {
        "seeds": len(reports),
        "steps": sum(report.steps for report in reports),
        "violations": [
            {"seed": report.seed, "sentence": sentence}
            for report in sorted(reports, key=lambda report: report.seed)
            for sentence in report.violations
        ],
        "faults": dict(sorted(faults.items())),
        "seeds_per_s": round(len(reports) / took_s, 2),
    }


def _lived_through(seeds: range, workers: int | None) -> Iterator[list[WorldReport]]:
    """The reports of each share, as they come."""
    shares = [seeds[at : at + SEEDS_PER_SHARE] for at in range(0, len(seeds), SEEDS_PER_SHARE)]
    return (reports for _, reports in in_processes(live_through_all, shares, workers))


def _bar(console: Console) -> Progress:
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    return Progress(*columns, TimeRemainingColumn(), console=console, disable=not console.is_terminal)


def _tell(console: Console, result: dict[str, Any]) -> None:
    faults = ", ".join(f"{count} x {kind}" for kind, count in result["faults"].items()) or "none"
    console.print(f"{result['seeds']} worlds, {result['steps']} steps, {result['seeds_per_s']} worlds/s")
    console.print(f"faults lived through: {faults}", markup=False)
    violations = result["violations"]
    for violation in violations[:SHOWN_MAX]:
        console.print(f"seed {violation['seed']}: {violation['sentence']}", style="red", markup=False)
    if not violations:
        console.print("[green]no violation[/green]")
        return
    console.print(
        f"{len(violations)} violations in {len({one['seed'] for one in violations})} worlds", style="bold red"
    )
    console.print(f"repeat the first: strowger torture --seeds 1 --seed-from {violations[0]['seed']}", markup=False)
