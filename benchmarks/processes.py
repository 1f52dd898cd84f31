"""The same work on many items, in as many processes as there are cores or were asked for."""

import multiprocessing
import os
import signal
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from typing import TypeVar

T = TypeVar("T")
R = TypeVar("R")


def in_processes(work: Callable[[T], R], items: Sequence[T], workers: int | None = None) -> Iterator[tuple[int, R]]:
    """Each item's index and result, as they come. New interpreters, so that nothing of this one leaks into the work."""
    fresh = multiprocessing.get_context("spawn")
    count = min(workers or os.cpu_count() or 1, len(items))
    with ProcessPoolExecutor(count, mp_context=fresh, initializer=_leave_interrupts) as pool:
        try:
            indexes = {pool.submit(work, item): index for index, item in enumerate(items)}
            for future in as_completed(indexes):
                yield indexes[future], future.result()
        finally:
            pool.shutdown(wait=True, cancel_futures=True)


def _leave_interrupts() -> None:
    """Ctrl-C is for the process that the person started; it ends its workers."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
