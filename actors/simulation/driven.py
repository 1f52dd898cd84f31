"""Processes whose every task is driven step by step, so that one can be stopped, or die, at each of its awaits.

All tasks that are made on behalf of a process belong to it, however deep. A stopped process goes no further than to the
await where it stands, whatever it was waiting for; it learns of that, and of the time that has passed, when it goes on.
"""

import asyncio
import types
from collections.abc import Callable, Coroutine, Generator
from contextvars import Context, ContextVar, copy_context
from typing import Any, TypeVar

T = TypeVar("T")

PACKAGE = __name__.partition(".")[0]


class Life:
    """One incarnation of a process. `on_await` hears of every await it comes to, by its name."""

    def __init__(self, on_await: Callable[[str], None] = lambda _: None) -> None:
        self.alive = True
        self.running = asyncio.Event()
        self.running.set()
        self._on_await = on_await
        self._tasks: dict[asyncio.Task[Any], None] = {}

    def begin(self, work: Coroutine[Any, Any, T]) -> asyncio.Task[T]:
        """Do some work as this process."""
        context = copy_context()
        context.run(_life.set, self)
        return asyncio.get_running_loop().create_task(work, context=context)

    def belongs(self, task: asyncio.Task[Any]) -> None:
        """A task was made on behalf of this process."""
        self._tasks[task] = None
        task.add_done_callback(self._tasks.pop)

    def end(self) -> None:
        """Dead at whatever it was waiting for; nothing of it runs any more."""
        self.alive = False
        for task in list(self._tasks):
            task.cancel()

    @types.coroutine
    def drive(self, work: Coroutine[Any, Any, T]) -> Generator[Any, Any, T]:
        """Everything that `work` does, as far as this process runs."""
        error: BaseException | None = None if self.alive else asyncio.CancelledError()
        while True:
            try:
                awaited = work.send(None) if error is None else work.throw(error)
            except StopIteration as done:
                result: T = done.value
                return result
            error = None
            self._on_await(_place(work))
            try:
                yield awaited
            except GeneratorExit:
                work.close()
                raise
            except BaseException as raised:  # noqa: BLE001 - whatever it is, it is for the work to deal with
                error = raised
            while self.alive and not self.running.is_set():
                try:
                    yield from self.running.wait()
                except asyncio.CancelledError as raised:
                    error = raised


_life: ContextVar[Life | None] = ContextVar("life", default=None)
_places: dict[tuple[types.CodeType, ...], str] = {}


def make_task(loop: asyncio.AbstractEventLoop, work: Any, *, context: Context | None = None) -> asyncio.Task[Any]:
    """A task factory for event loops: what a process begins belongs to it."""
    life = _life.get() if context is None else context.get(_life)
    if life is None:
        return asyncio.Task(work, loop=loop, context=context)
    task = asyncio.Task(life.drive(work), loop=loop, context=context)
    task.add_done_callback(lambda _: work.close())  # one that dies before its first step was never begun
    life.belongs(task)
    return task


def _place(work: Any) -> str:
    """Where some work waits: the functions of this package that it is in, the outermost first."""
    codes: list[types.CodeType] = []
    while (code := getattr(work, "cr_code", None)) is not None:
        codes.append(code)
        work = work.cr_await
    key = tuple(codes)
    found = _places.get(key)
    if found is None:
        ours = [code for code in codes if f"/{PACKAGE}/" in code.co_filename]
        found = _places[key] = " > ".join(code.co_qualname for code in ours)
    return found
