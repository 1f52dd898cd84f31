"""The `strowger` command line: one file for each group of commands, listed in `GROUPS`."""

import importlib
import sys
from collections.abc import Sequence

import typer
from rich.console import Console

from persistence.errors import StoreError
from scripts.errors import OperatorError
from scripts.load_settings import SettingsError
from scripts.logs import redacted_text

GROUPS = (
    "run",
    "doctor",
    "migrate",
    "admin",
    "gateway",
    "shards",
    "bench",
    "replay",
    "simulate",
    "pictures",
    "torture",
    "mutants",
    "chaos",
    "verify",
    "backup",
    "restore",
)
"""Modules of this folder with a function `register(app)`. A new group of commands is a file here and its name there."""

SETTINGS_REFUSED = 2
FAILED = 1


def build_app(groups: Sequence[str] = GROUPS) -> typer.Typer:
    app = typer.Typer(
        name="strowger",
        help="Strowger: a real-time call-center engine for clinics.",
        no_args_is_help=True,
        add_completion=False,
        pretty_exceptions_enable=False,
        rich_markup_mode="rich",
        context_settings={"help_option_names": ["-h", "--help"]},
    )
    app.callback()(lambda: None)  # a single command is a command all the same, not the whole program
    for group in groups:
        importlib.import_module(f"{__name__}.{group}").register(app)
    return app


def main() -> None:
    """Run one command. What a person can mend is told in a sentence, without a traceback."""
    try:
        asked = next((word for word in sys.argv[1:] if not word.startswith("-")), "")
        # A gateway has no use for the simulation, nor the simulation for a gateway: only what is asked for is loaded.
        build_app([asked] if asked in GROUPS else GROUPS)(prog_name="strowger")
    except SettingsError as error:
        _complain(*error.problems)
        sys.exit(SETTINGS_REFUSED)
    except (OperatorError, StoreError) as error:
        _complain(str(error))
        sys.exit(FAILED)


def _complain(*sentences: str) -> None:
    console = Console(stderr=True, highlight=False, soft_wrap=True)
    for sentence in sentences:
        console.print("[bold red]error[/bold red]", end=" ")
        console.print(redacted_text(sentence), markup=False)
