"""The command line: help with examples everywhere, and mistakes told in a sentence."""

import errno
import io
import os
from collections.abc import Iterator
from pathlib import Path

import click
import pytest
import typer
from rich.console import Console
from typer.testing import CliRunner

from scripts.cli import build_app, main
from scripts.cli.run import say

RUNNER = CliRunner()


def commands(command: click.Command, path: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    """The path of every command that does something."""
    children = getattr(command, "commands", {})
    for name, child in children.items():
        yield from commands(child, (*path, name))
    if not children:
        yield path


COMMANDS = sorted(commands(typer.main.get_command(build_app())))  # type: ignore[arg-type]


@pytest.fixture(autouse=True)
def _empty_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in list(os.environ):
        if name.startswith(("STROWGER_", "RAY_")):
            monkeypatch.delenv(name)


@pytest.mark.parametrize("path", COMMANDS, ids=" ".join)
def test_every_command_then_its_help_has_an_example(path: tuple[str, ...]) -> None:
    result = RUNNER.invoke(build_app(), [*path, "--help"])
    assert result.exit_code == 0
    assert "Example" in result.output
    assert f"strowger {' '.join(path)}" in result.output


def test_no_command_takes_a_password_as_an_argument() -> None:
    options = [RUNNER.invoke(build_app(), [*path, "--help"]).output for path in COMMANDS]
    assert not any("--password" in text for text in options)


def test_misspelt_setting_then_one_sentence_and_status_2(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("STROWGER_PROT", "1")
    monkeypatch.setattr("sys.argv", ["strowger", "doctor"])
    with pytest.raises(SystemExit) as ended:
        main()
    assert ended.value.code == 2
    assert capsys.readouterr().err == "error STROWGER_PROT: there is no such setting; did you mean STROWGER_PORT?\n"


def test_short_password_then_refused_before_anything_is_touched(tmp_path: Path) -> None:
    arguments = ["admin", "create", "--clinic", "x", "--login", "y", "--state-dir", str(tmp_path / "state")]
    result = RUNNER.invoke(build_app(), arguments, input="short\n")
    assert "at least 10 characters" in str(result.exception)
    assert not (tmp_path / "state").exists()


def test_terminal_closed_then_a_stop_goes_on() -> None:
    class Closed(io.StringIO):
        def write(self, _text: str) -> int:
            raise OSError(errno.EIO, "Input/output error")

    console = Console(file=Closed())
    with pytest.raises(OSError, match="Input/output"):
        console.print("x")
    say(console, "Stopping servers ...")
