"""Keep things alive: start what has ended again, at once the first time, then with growing pauses."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import Protocol

import structlog

from scripts.embedded.errors import EmbeddedError
from scripts.house.children import Child

PAUSE_FIRST_S = 0.5
PAUSE_MAX_S = 30.0
HEALTHY_AFTER_S = 10.0
"""Whoever has lived this long has earned a fresh start without a pause: it was killed, it can live."""
LOOK_EVERY_S = 0.5

log = structlog.get_logger("supervisor")


class Backoff:
    """How long to wait before the next start."""

    def __init__(self, now_s: Callable[[], float] = time.monotonic) -> None:
        self._now_s = now_s
        self._started_at_s = now_s()
        self._pause_s = 0.0

    def started(self) -> None:
        self._started_at_s = self._now_s()

    def next_pause_s(self) -> float:
        if self._now_s() - self._started_at_s >= HEALTHY_AFTER_S:
            self._pause_s = 0.0
        pause_s = self._pause_s
        self._pause_s = min(max(pause_s * 2, PAUSE_FIRST_S), PAUSE_MAX_S)
        return pause_s


class Server(Protocol):
    """An embedded server."""

    @property
    def pid(self) -> int | None: ...

    def start(self) -> None: ...


async def keep_child(child: Child) -> None:
    """Start a child again whenever it ends, until cancelled. It runs when this is called."""
    backoff = Backoff()
    while True:
        status = await child.wait()
        pause_s = backoff.next_pause_s()
        log.warning("process ended, starting it again", process=child.name, exit_status=status, pause_s=pause_s)
        await asyncio.sleep(pause_s)
        await child.start()
        backoff.started()


async def keep_server(what: str, server: Server, after_restart: Callable[[], Awaitable[None]] | None = None) -> None:
    """Start an embedded server again whenever it ends, until cancelled, and then do what depends on it."""
    backoff = Backoff()
    while True:
        await asyncio.sleep(LOOK_EVERY_S)
        if server.pid is not None:
            continue
        pause_s = backoff.next_pause_s()
        log.warning("server ended, starting it again", server=what, pause_s=pause_s)
        await asyncio.sleep(pause_s)
        backoff.started()
        try:
            await asyncio.to_thread(server.start)
            if after_restart is not None:
                await after_restart()
        except EmbeddedError as error:
            log.error("server does not start", server=what, reason=str(error))  # noqa: TRY400 - the sentence is enough
        else:
            log.info("server is back", server=what)
