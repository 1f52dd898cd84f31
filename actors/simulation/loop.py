"""An asyncio event loop in virtual time: when nothing is ready, the clock jumps to the next timer.

The loop is asyncio's own, with a selector that waits by moving the clock instead of sleeping, so that the real shard
code runs unchanged, thousands of times faster, and in the same order every time.
"""

import asyncio
import selectors
from collections.abc import Coroutine
from typing import Any, TypeVar

from actors.simulation.driven import make_task

T = TypeVar("T")


class _TimeSelector(selectors.SelectSelector):
    """Waits by advancing virtual time. Nothing in the seeded world uses a socket."""

    now_s = 0.0

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        if timeout is None:
            raise RuntimeError("the seeded world has nothing left to wait for")
        self.now_s += max(0.0, timeout)
        return []


class VirtualLoop(asyncio.SelectorEventLoop):
    """An event loop whose `time()` is virtual."""

    def __init__(self) -> None:
        self._virtual = _TimeSelector()
        super().__init__(self._virtual)
        self.set_task_factory(make_task)

    def time(self) -> float:
        return self._virtual.now_s


def run_virtual(main: Coroutine[Any, Any, T]) -> T:
    """Run a coroutine to its end in virtual time."""
    loop = VirtualLoop()
    try:
        return loop.run_until_complete(main)
    finally:
        _cancel_leftovers(loop)
        loop.close()


def _cancel_leftovers(loop: VirtualLoop) -> None:
    leftovers = asyncio.all_tasks(loop)
    for task in leftovers:
        task.cancel()
    if leftovers:
        loop.run_until_complete(asyncio.gather(*leftovers, return_exceptions=True))
