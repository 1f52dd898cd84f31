"""One established link: frames out in batches, frames in as they come."""

import asyncio
from collections.abc import Callable

import aiohttp
import msgspec
import structlog

from actors.links.handshake import Socket
from actors.mailbox import Mailbox
from actors.wire import FRAME_BYTES_MAX, Frame, decode, encode, is_answered

OUTBOUND_FRAMES_MAX = 50_000
"""A peer that lets this many frames pile up is cut off; it asks again for what it missed."""
MESSAGE_FRAMES_MAX = 100
"""Frames in one websocket message; larger messages are split at `FRAME_BYTES_MAX`."""
PING_S = 10.0
"""Websocket heartbeat: a peer that does not answer within half of it is gone."""

_log = structlog.get_logger(part="link")


class WebsocketLink:
    """Implements `actors.ports.Link` over one websocket."""

    def __init__(self, socket: Socket, name: str) -> None:
        self.name = name
        self._socket = socket
        self._outbound: Mailbox[Frame] = Mailbox()
        self._cut = False
        self._now_s = asyncio.get_running_loop().time
        self._heard_at_s = self._now_s()
        self._asked_at_s: float | None = None

    @property
    def silent_s(self) -> float:
        """How long nothing has been heard."""
        return self._now_s() - self._heard_at_s

    @property
    def unanswered_s(self) -> float:
        """For how long nothing has been heard since something was asked; 0 if nothing was."""
        return self._now_s() - self._asked_at_s if self._asked_at_s is not None else 0.0

    @property
    def closed(self) -> bool:
        return self._cut or self._socket.closed

    def send(self, frame: Frame) -> None:
        """Queue a frame. A peer too slow to take what is queued is cut off."""
        if self.closed:
            return
        if len(self._outbound) >= OUTBOUND_FRAMES_MAX:
            _log.warning("peer too slow, cut off", peer=self.name, frames=OUTBOUND_FRAMES_MAX)
            self._cut = True
            return
        self._outbound.put(frame)
        if self._asked_at_s is None and is_answered(frame):
            self._asked_at_s = self._now_s()

    async def serve(self, receive: Callable[["WebsocketLink", Frame], None]) -> None:
        """Carry frames both ways until either end closes."""
        writer = asyncio.get_running_loop().create_task(self._write())
        try:
            async for message in self._socket:
                if message.type is not aiohttp.WSMsgType.BINARY or self._cut:
                    break
                self._heard_at_s, self._asked_at_s = self._now_s(), None
                for frame in decode(message.data):
                    receive(self, frame)
        except msgspec.MsgspecError:
            _log.warning("peer speaks another protocol, cut off", peer=self.name)
        finally:
            self._cut = True
            writer.cancel()
            await asyncio.gather(writer, return_exceptions=True)
            await self._socket.close()

    async def close(self) -> None:
        self._cut = True
        await self._socket.close()

    async def _write(self) -> None:
        """The next message forms while the previous one is being sent."""
        try:
            while not self._cut:
                frames = await self._outbound.take(None)
                for at in range(0, len(frames), MESSAGE_FRAMES_MAX):
                    await self._send(tuple(frames[at : at + MESSAGE_FRAMES_MAX]))
        except ConnectionError:
            self._cut = True

    async def _send(self, frames: tuple[Frame, ...]) -> None:
        payload = encode(frames)
        if len(payload) > FRAME_BYTES_MAX and len(frames) > 1:
            half = len(frames) // 2
            await self._send(frames[:half])
            await self._send(frames[half:])
        else:
            await self._socket.send_bytes(payload)
