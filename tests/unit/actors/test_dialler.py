"""Links over real sockets: whom a dialler talks to when an owner stands still and somebody else has claimed."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from actors.config import Secret, ShardConfig
from actors.links.dialler import Dialler
from actors.links.directory import Directory
from actors.links.link import WebsocketLink
from actors.links.listener import Listener
from actors.wire import Frame, Read
from persistence.journal import Kind
from persistence.memory.journal import MemoryJournal

SECRET = Secret("s" * 64)
CONFIG = ShardConfig(Secret(""), Secret(""), Secret(""), SECRET)
WITHIN_S = 30.0


class Owner:
    """Takes frames and answers none, as a process does that was stopped after it had accepted its connections."""

    def __init__(self) -> None:
        self.listener = Listener(CONFIG)
        self.heard = asyncio.Event()

    async def start(self) -> None:
        await self.listener.start(self._hear)

    def _hear(self, link: WebsocketLink, frame: Frame) -> None:
        del link, frame
        self.heard.set()


@pytest.fixture
async def owners() -> AsyncIterator[tuple[Owner, Owner]]:
    both = Owner(), Owner()
    for owner in both:
        await owner.start()
    yield both
    for owner in both:
        await owner.listener.stop()


async def test_owner_stands_still_with_its_link_open_then_the_successor_is_asked(owners: tuple[Owner, Owner]) -> None:
    first, second = owners
    journal = MemoryJournal()
    await journal.claim(Kind.QUEUE, [1], first.listener.address)
    dialler = Dialler("door", directory=Directory(journal), secret=SECRET, on_frame=lambda *_: None)
    await dialler.start(Kind.QUEUE)
    try:
        async with asyncio.timeout(WITHIN_S):
            dialler.send(Kind.QUEUE, 1, Read("ash", "r", "calls", "", 1))
            await first.heard.wait()
            await journal.claim(Kind.QUEUE, [1], second.listener.address)
            while not second.heard.is_set():
                dialler.send(Kind.QUEUE, 1, Read("ash", "r", "calls", "", 1))  # as whoever waits for an answer does
                await asyncio.sleep(0.05)
        assert second.heard.is_set()
    finally:
        await dialler.stop()
