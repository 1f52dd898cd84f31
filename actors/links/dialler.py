"""The dialling end of links: finds the owner of a partition and keeps a link to it on each lane.

A frame for an owner that cannot be reached is dropped: whoever needs an answer asks again. While a link is being made,
frames for it wait, up to a bound.
"""

import asyncio
from collections import deque
from collections.abc import Callable, Sequence
from typing import Protocol

import aiohttp
import structlog

from actors.config import Secret
from actors.links.directory import Directory
from actors.links.handshake import HandshakeError, Lane, ProtocolError, dial
from actors.links.link import PING_S, WebsocketLink
from actors.links.listener import MESSAGE_BYTES_MAX
from actors.wire import Frame, NotOwner, Read, ReadLive, Subscribe
from persistence.journal import Kind

PENDING_FRAMES_MAX = 1_000
RETRY_S_MIN = 0.05
RETRY_S_MAX = 0.25
"""An owner comes back within seconds; whoever waits longer between two looks adds that to what a killed shard costs."""
DIAL_TIMEOUT_S = 5.0
LOOK_AHEAD_S = 0.5
"""How soon a new owner is dialled before anyone has something to say to it."""
UNANSWERED_S = 1.25
"""A peer that is silent for so long after something was asked of it may stand still, with its connections open; whether
it has a successor stands in the directory. Somewhat longer than the pause between two heartbeats of an owner.
"""

OnFrame = Callable[[WebsocketLink, Kind, Frame], None]
OnLink = Callable[[Kind, str], None]
OnLoss = Callable[[Kind], None]

_log = structlog.get_logger(part="dialler")


class Lifeline(Protocol):
    """A link, as far as it shows whether its peer lives."""

    @property
    def silent_s(self) -> float: ...

    @property
    def unanswered_s(self) -> float: ...


def stands_still(links: Sequence[Lifeline]) -> bool:
    """Whether a peer owes an answer on one of the links to it, and has been silent on all of them."""
    owes = any(link.unanswered_s > UNANSWERED_S for link in links)
    return owes and all(link.silent_s > UNANSWERED_S for link in links)


class Dialler:
    """Implements `actors.ports.Peers` over websockets."""

    def __init__(
        self,
        name: str,
        *,
        directory: Directory,
        secret: Secret,
        on_frame: OnFrame,
        on_link: OnLink = lambda _kind, _address: None,
        on_loss: OnLoss = lambda _kind: None,
    ) -> None:
        """`name` tells listeners who calls; `on_link` hears of new live links, `on_loss` of lost bulk links."""
        self._name = name
        self._directory = directory
        self._secret = secret
        self._on_frame = on_frame
        self._on_link = on_link
        self._on_loss = on_loss
        self._session: aiohttp.ClientSession | None = None
        self._lines: dict[tuple[str, Lane], _Line] = {}
        self._looking: asyncio.Task[None] | None = None

    async def start(self, *kinds: Kind) -> None:
        """Read the directory, and keep live links to the owners of these kinds before anything is to be sent."""
        self._session = aiohttp.ClientSession()
        await self._directory.refresh()
        self._looking = asyncio.get_running_loop().create_task(self._look_ahead(kinds))

    async def stop(self) -> None:
        tasks = [line.task for line in self._lines.values()] + ([self._looking] if self._looking is not None else [])
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await self._directory.close()
        if self._session is not None:
            await self._session.close()

    def send(self, kind: Kind, partition: int, frame: Frame) -> None:
        address = self._directory.address(kind, partition)
        if address is None:
            self._directory.refresh_soon()
            return
        lane = Lane.BULK if isinstance(frame, Subscribe | Read | ReadLive) else Lane.LIVE
        self._line(kind, address, lane).send(frame)

    def connected(self, kind: Kind) -> bool:
        """Whether every known owner of this kind can be reached on the live lane; links are made on the way."""
        addresses = self._directory.addresses(kind)
        if not addresses:
            self._directory.refresh_soon()
        lines = [self._line(kind, address, Lane.LIVE) for address in addresses]
        return bool(lines) and all(line.link is not None for line in lines)

    async def _look_ahead(self, kinds: tuple[Kind, ...]) -> None:
        while True:
            for kind in kinds:
                self.connected(kind)
            if any(stands_still(links) for links in self._links_by_address().values()):
                self._directory.refresh_soon()
            await asyncio.sleep(LOOK_AHEAD_S)

    def _links_by_address(self) -> dict[str, list[WebsocketLink]]:
        found: dict[str, list[WebsocketLink]] = {}
        for (address, _), line in self._lines.items():
            if line.link is not None:
                found.setdefault(address, []).append(line.link)
        return found

    def _line(self, kind: Kind, address: str, lane: Lane) -> "_Line":
        line = self._lines.get((address, lane))
        if line is None:
            line = self._lines[address, lane] = _Line(kind, lane)
            line.task = asyncio.get_running_loop().create_task(self._keep(address, line))
        return line

    async def _keep(self, address: str, line: "_Line") -> None:
        """Keep a link to one incarnation until the directory no longer names it."""
        delay_s = RETRY_S_MIN
        try:
            while True:
                try:
                    await self._connect(address, line)
                    delay_s = RETRY_S_MIN
                except ProtocolError as error:
                    _log.warning("link refused", address=address, reason=str(error))
                except (aiohttp.ClientError, OSError, HandshakeError, TimeoutError) as error:
                    _log.debug("link not made", address=address, error=type(error).__name__)
                if line.link is not None and line.lane is Lane.BULK:
                    self._on_loss(line.kind)
                line.link = None
                await self._directory.refresh()
                if address not in self._directory.addresses(line.kind):
                    return
                await asyncio.sleep(delay_s)
                delay_s = min(RETRY_S_MAX, delay_s * 2)
        finally:
            line.link = None
            if self._lines.get((address, line.lane)) is line:
                del self._lines[address, line.lane]

    async def _connect(self, address: str, line: "_Line") -> None:
        assert self._session is not None
        url = address.partition("#")[0]
        async with asyncio.timeout(DIAL_TIMEOUT_S):
            socket = await self._session.ws_connect(url, max_msg_size=MESSAGE_BYTES_MAX, heartbeat=PING_S, compress=0)
        try:
            async with asyncio.timeout(DIAL_TIMEOUT_S):
                welcome = await dial(socket, self._secret, self._name, line.lane)
        except BaseException:
            await socket.close()
            raise
        if welcome.address != address:
            await socket.close()
            raise HandshakeError("another incarnation answers at this address")
        line.open(WebsocketLink(socket, address))
        if line.lane is Lane.LIVE:
            self._on_link(line.kind, address)
        assert line.link is not None
        await line.link.serve(lambda link, frame: self._heard(line.kind, link, frame))

    def _heard(self, kind: Kind, link: WebsocketLink, frame: Frame) -> None:
        if isinstance(frame, NotOwner):
            self._directory.refresh_soon()
        self._on_frame(link, kind, frame)


class _Line:
    """A wanted link to one address on one lane, made or being made."""

    task: asyncio.Task[None]

    def __init__(self, kind: Kind, lane: Lane) -> None:
        self.kind = kind
        self.lane = lane
        self.link: WebsocketLink | None = None
        self._pending: deque[Frame] = deque(maxlen=PENDING_FRAMES_MAX)

    def open(self, link: WebsocketLink) -> None:
        self.link = link
        while self._pending:
            link.send(self._pending.popleft())

    def send(self, frame: Frame) -> None:
        if self.link is not None:
            self.link.send(frame)
        else:
            self._pending.append(frame)
