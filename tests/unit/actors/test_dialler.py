"""Links over real sockets: whom a dialler talks to when an owner stands still and somebody else has claimed."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass

import pytest

from actors.config import Secret, ShardConfig
from actors.links.dialler import UNANSWERED_S, Dialler, stands_still
from actors.links.directory import Directory
from actors.links.link import WebsocketLink
from actors.links.listener import Listener
from actors.wire import Envelope, Frame, Read, is_answered
from engine.messages import RenewLeases
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


@dataclass
class Link:
    """What a link shows of its peer."""

    silent_s: float
    unanswered_s: float


NOW, LONG = 0.1, UNANSWERED_S + 0.1


@pytest.mark.parametrize(
    ("links", "still"),
    [
        ([Link(LONG, LONG)], True),
        ([Link(LONG, LONG), Link(LONG, 0)], True),
        ([Link(LONG, LONG), Link(NOW, 0)], False),
        ([Link(LONG, 0), Link(LONG, 0)], False),
        ([Link(LONG, NOW)], False),
    ],
    ids=["silent", "silent on both", "heard on the other lane", "nothing asked", "asked just now"],
)
def test_peer_owes_an_answer_and_is_silent_everywhere_then_it_stands_still(links: list[Link], *, still: bool) -> None:
    assert stands_still(links) is still


def test_leases_are_renewed_then_no_answer_is_owed() -> None:
    assert not is_answered(Envelope("ash", 0, RenewLeases(("k1",))))
    assert is_answered(Read("ash", "r", "calls", "", 1))


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
