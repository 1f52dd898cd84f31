"""`strowger pictures`: the README's pictures, from the running program."""

from pathlib import Path
from typing import Annotated

import typer
import uvloop

from benchmarks.pages.chromium import BrowserMissingError
from benchmarks.pages.pictures import NobodyCallsError, take_pictures
from scripts.cli.bench_pages import clinic_of
from scripts.cli.loads import Bars
from scripts.cli.options import StateDir
from scripts.errors import OperatorError
from scripts.house.screen import make_console
from scripts.load_settings import load_settings
from scripts.settings import CHECKOUT

FOLDER = CHECKOUT / "docs" / "pictures"


def register(app: typer.Typer) -> None:
    app.command("pictures")(pictures)


def pictures(
    *,
    folder: Annotated[Path, typer.Option(help="Where the pictures go.", show_default="docs/pictures")] = FOLDER,
    state_dir: StateDir = None,
) -> None:
    """Take pictures of a softphone through its calls and of the live view, in a Chromium without a screen.

    Needs a `strowger run --demo` on this state folder that has played for some minutes. The agent is the clinic's first
    one, and takes two of the calls that wait.

    [bold]Examples[/bold]

    strowger pictures

    strowger pictures --folder build/pictures
    """
    settings = load_settings(state_dir=state_dir)
    console = make_console()
    try:
        with Bars(console) as bars:
            uvloop.run(take_pictures(clinic_of(settings), folder, bars))
    except BrowserMissingError as error:
        raise OperatorError(str(error)) from None
    except NobodyCallsError:
        raise OperatorError("Nobody called for two minutes: start `strowger run --demo` on this folder.") from None
    for file in sorted(folder.glob("*.png")):
        console.print(f"{file} {file.stat().st_size / 1_000:.0f} kB")
