"""What goes out on one websocket: bounded in frames and bytes, written in batches, cut off when it piles up.

The next batch forms while the previous one is being written. Frames of a batch go to the network together.
"""

import asyncio
from collections.abc import Callable

import msgspec
from aiohttp import WSMsgType, web

from actors.mailbox import Mailbox
from web.codec import Codec
from web.cork import corked
from web.protocol import ServerFrame


class Limits(msgspec.Struct, frozen=True):
    """How much may wait for a client before it counts as too slow."""

    frames_max: int
    bytes_max: int


BROWSER_LIMITS = Limits(frames_max=2_000, bytes_max=2 * 1024 * 1024)
PROGRAM_LIMITS = Limits(frames_max=50_000, bytes_max=16 * 1024 * 1024)
"""A connection with a ticket may stand for a thousand agents."""


class Outbound:
    """Frames on their way to one client. `send` never waits."""

    def __init__(
        self,
        socket: web.WebSocketResponse,
        transport: asyncio.Transport | None,
        codec: Codec,
        limits: Limits,
        *,
        on_stuck: Callable[[], None],
    ) -> None:
        """`on_stuck` is called once, when the client has let too much pile up."""
        self._socket = socket
        self._transport = transport
        self._codec = codec
        self._opcode = WSMsgType.BINARY if codec.is_binary else WSMsgType.TEXT
        self._limits = limits
        self._on_stuck = on_stuck
        self._mailbox: Mailbox[bytes] = Mailbox()
        self._idle = asyncio.Event()
        self._idle.set()
        self.frames_waiting = 0
        self.bytes_waiting = 0
        self.stuck = False

    def send(self, frame: ServerFrame) -> None:
        self.send_encoded(self._codec.encode(frame))

    def send_encoded(self, payload: bytes) -> None:
        """Queue a frame in this connection's encoding; nothing more is taken once the client is stuck.

        One frame is always taken when nothing waits, so that a large clinic's live picture gets through.
        """
        if self.stuck:
            return
        is_full = self.frames_waiting >= self._limits.frames_max
        is_heavy = self.bytes_waiting and self.bytes_waiting + len(payload) > self._limits.bytes_max
        if is_full or is_heavy:
            self.stuck = True
            self._on_stuck()
            return
        self.frames_waiting += 1
        self.bytes_waiting += len(payload)
        self._idle.clear()
        self._mailbox.put(payload)

    async def write(self) -> None:
        """Write until cancelled or the connection is gone."""
        try:
            while True:
                messages = list(self._codec.join(await self._mailbox.take(None)))
                with corked(self._transport if len(messages) > 1 else None):
                    for message, together in messages:
                        await self._socket.send_frame(message, self._opcode)
                        self.frames_waiting -= len(together)
                        self.bytes_waiting -= sum(map(len, together))
                if not self.frames_waiting:
                    self._idle.set()
        except (ConnectionError, RuntimeError):  # aiohttp says the latter of a connection that is closing
            self._idle.set()

    async def written(self, limit_s: float) -> None:
        """Wait until everything has been handed to the network, at most this long."""
        try:
            async with asyncio.timeout(limit_s):
                await self._idle.wait()
        except TimeoutError:
            return
