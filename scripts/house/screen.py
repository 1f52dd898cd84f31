"""What a person sees while Strowger starts: one line for each step, alive on a terminal, plain in a file."""

import contextlib
import sys
import time
from collections.abc import Callable, Iterator
from typing import Self

from rich.console import Console
from rich.progress import Progress, SpinnerColumn, TaskID, TextColumn, TimeElapsedColumn
from rich.table import Table

PLAIN_WIDTH = 140


def make_console(*, stderr: bool = False) -> Console:
    """A console; where the output is no terminal, lines are not folded at 80 characters."""
    stream = sys.stderr if stderr else sys.stdout
    return Console(stderr=stderr, width=None if stream.isatty() else PLAIN_WIDTH, highlight=False)


class Steps:
    """Steps of a start, some at the same time.

    with Steps(console) as steps, steps.step("Postgres") as say:
        say("applying migrations")
    """

    def __init__(self, console: Console) -> None:
        self._console = console
        columns = (SpinnerColumn(finished_text="[green]✓"), TextColumn("{task.description}"), TimeElapsedColumn())
        self._progress = Progress(*columns, console=console) if console.is_terminal else None

    def __enter__(self) -> Self:
        if self._progress is not None:
            self._progress.start()
        return self

    def __exit__(self, *_: object) -> None:
        if self._progress is not None:
            self._progress.stop()

    @contextlib.contextmanager
    def step(self, what: str) -> Iterator[Callable[[str], None]]:
        """Show a step while it lasts; the value takes a few words on what it is doing now."""
        if self._progress is None:
            yield from self._plain_step(what)
            return
        progress = self._progress
        task = progress.add_task(what, total=1)
        try:
            yield lambda words: progress.update(task, description=f"{what}: {words}")
        except BaseException:
            self._fail(task, what)
            raise
        progress.update(task, description=what, completed=1)

    def _fail(self, task: TaskID, what: str) -> None:
        if self._progress is not None:
            self._progress.update(task, description=f"[red]{what}: failed")
            self._progress.stop_task(task)

    def _plain_step(self, what: str) -> Iterator[Callable[[str], None]]:
        started_at_s = time.monotonic()
        self._console.print(f"{what} ...")
        yield lambda words: self._console.print(f"{what}: {words}")
        self._console.print(f"{what}: done in {time.monotonic() - started_at_s:.1f} s")


def two_columns(title: str, rows: list[tuple[str, str]]) -> Table:
    table = Table(
        title=title, title_justify="left", title_style="bold", show_header=False, box=None, padding=(0, 3, 0, 0)
    )
    table.add_column(style="cyan", no_wrap=True)
    table.add_column(overflow="fold")
    for name, value in rows:
        table.add_row(name, value)
    return table
