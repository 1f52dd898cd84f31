"""The `strowger` command line: one file for each group of commands, listed in `GROUPS`."""

import sys

import typer
from rich.console import Console

from persistence.errors import StoreError
from scripts.cli import admin, bench, doctor, gateway, migrate, run, shards, torture
from scripts.errors import OperatorError
from scripts.load_settings import SettingsError
from scripts.logs import redacted_text

GROUPS = (run, doctor, migrate, admin, gateway, shards, bench, torture)
"""Modules with a function `register(app)`. A new group of commands is a file in this folder and a name here."""

SETTINGS_REFUSED = 2
FAILED = 1


def build_app() -> typer.Typer:
    app = typer.Typer(
        name="strowger",
        help="Strowger: a real-time call-center engine for clinics.",
        no_args_is_help=True,
        add_completion=False,
        pretty_exceptions_enable=False,
        rich_markup_mode="rich",
        context_settings={"help_option_names": ["-h", "--help"]},
    )
    for group in GROUPS:
        group.register(app)
    return app


def main() -> None:
    """Run one command. What a person can mend is told in a sentence, without a traceback."""
    try:
        build_app()(prog_name="strowger")
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
