"""`strowger mutants`: break the product on purpose, and see whether it is noticed."""

import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any

import msgspec
import typer
from rich.console import Console

from benchmarks.processes import in_processes
from scripts.errors import OperatorError
from scripts.house.screen import make_console

ROOT = Path(__file__).parents[2]


def register(app: typer.Typer) -> None:
    app.command("mutants")(mutants)


def mutants(
    *,
    generated: Annotated[bool, typer.Option(help="Generated ones as well: takes about a second each.")] = False,
    sample: Annotated[int | None, typer.Option(min=1, help="Only so many of the generated ones, by --seed.")] = None,
    seed: Annotated[int, typer.Option(help="Which ones are drawn.")] = 1,
    modules: Annotated[list[str] | None, typer.Option(help="Change only this module of engine/, as line.")] = None,
    workers: Annotated[int, typer.Option(min=1, help="Processes.")] = 1,
    json: Annotated[Path | None, typer.Option(help="Write the result to this file.")] = None,
) -> None:
    """Remove one guarantee at a time, and see whether a seeded world or a unit test notices.

    Exit status 1 if a written breakage survives, or a generated one that nothing explains
    (`scripts/mutants/explained.toml`). Needs what `scripts/setup --dev` installs.

    [bold]Examples[/bold]

    strowger mutants --json mutants.json

    strowger mutants --generated --sample 50 --json mutants.json
    """
    console = make_console()
    result = _hunt_written(console)
    if generated or sample is not None:
        result = _hunt_generated(console, result, sample, seed, modules, workers)
    if json is not None:
        json.write_bytes(msgspec.json.format(msgspec.json.encode(result)) + b"\n")
    unexplained = [one for one in result["survivors"] if not one["because"]]
    console.print(f"{result['total']} breakages, {result['caught']} caught, {len(unexplained)} survive unexplained")
    for one in unexplained:
        console.print(f"survives: {one['name']}: {one['change']}", style="red", markup=False)
    if unexplained:
        raise typer.Exit(1)


def _hunt_written(console: Console) -> dict[str, Any]:
    """Each in a fresh process, which it breaks for good."""
    try:
        from scripts.mutants.catalogue import CATALOGUE  # noqa: PLC0415 - as the next
        from scripts.mutants.hunt import hunt  # noqa: PLC0415 - pytest is there for developers only
    except ImportError as error:
        raise OperatorError("pytest is missing: run scripts/setup --dev") from error
    result: dict[str, Any] = {"total": 0, "caught": 0, "survivors": [], "written": [], "not_run": 0}
    for index in range(len(CATALOGUE)):
        (found,) = (one for _, one in in_processes(hunt, [index], 1))
        console.print(f"{found.name}: {found.by or 'SURVIVES'}", markup=False)
        result["written"].append(msgspec.to_builtins(found))
        _count(result, found.name, found.sentence, "", caught=found.by is not None)
    return result


def _hunt_generated(
    console: Console, result: dict[str, Any], sample: int | None, seed: int, modules: Sequence[str] | None, workers: int
) -> dict[str, Any]:
    from scripts.mutants import generated as made  # noqa: PLC0415 - only where it is asked for

    with tempfile.TemporaryDirectory(prefix="strowger-mutants-") as folder:
        copy = Path(folder)
        made.prepare(ROOT, copy, modules or made.MODULES)
        console.print("changing the engine, one expression at a time", markup=False)
        for one in made.run(copy, sample=sample, seed=seed, workers=workers):
            if one.state == made.NOT_RUN:
                result["not_run"] += 1
            else:
                _count(result, one.name, one.change or one.state, one.because, caught=one.state == made.CAUGHT)
    return result


def _count(result: dict[str, Any], name: str, change: str, because: str, *, caught: bool) -> None:
    result["total"] += 1
    result["caught"] += caught
    if not caught:
        result["survivors"].append({"name": name, "change": change, "because": because})
