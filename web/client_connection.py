"""The websocket of a client of the public API.

MessagePack is read and written with the `msgpack` package, not with the library that the server uses, so that the wire
stays plain MessagePack.
"""

import asyncio
import contextlib
import json
import secrets
from collections.abc import AsyncIterator, Mapping
from typing import Any

import aiohttp
import msgpack

from web.portions import portions

ANSWER_WITHIN_S = 15.0
FRAMES_WAITING_MAX = 100_000
"""Frames that nobody has read yet; past it the connection is given up."""
MESSAGE_FRAMES_MAX = 50
MESSAGE_BYTES_MAX = 60 * 1024
"""How much goes into one message, where a message takes several frames; the server reads none above 64 KiB."""

Frame = Mapping[str, Any]


class ConnectionClosedError(Exception):
    """The websocket is closed: the server's close code, None if there was none, and its reason."""

    def __init__(self, code: int | None, reason: str = "") -> None:
        super().__init__(f"closed with {code} {reason}".strip())
        self.code = code
        self.reason = reason


class Connection:
    """One websocket. Outcomes find the command that waits for them; every other frame is for `frames`.

    In JSON a message is a frame. In MessagePack it is an array of frames, and what is sent while the previous
    message is on its way forms the next one.
    """

    def __init__(self, socket: aiohttp.ClientWebSocketResponse, *, is_binary: bool) -> None:
        self._socket = socket
        self._is_binary = is_binary
        self._frames: asyncio.Queue[Frame | None] = asyncio.Queue(FRAMES_WAITING_MAX)
        self._outcomes: dict[str, asyncio.Future[Frame]] = {}
        loop = asyncio.get_running_loop()
        self._welcome: asyncio.Future[Frame] = loop.create_future()
        self._closed: ConnectionClosedError | None = None
        self._closed_here = False
        self._unsent: list[bytes] = []
        self._something_unsent = asyncio.Event()
        self._reader = loop.create_task(self._read())
        self._writer = loop.create_task(self._write())

    @property
    def welcome(self) -> Frame:
        """The first frame from the server."""
        return self._welcome.result()

    async def welcomed(self, within_s: float) -> Frame:
        async with asyncio.timeout(within_s):
            return await asyncio.shield(self._welcome)

    async def send(self, frame: Frame) -> None:
        """Raises `ConnectionClosedError`."""
        if self._closed is not None:
            raise self._closed
        if self._is_binary:
            self._unsent.append(msgpack.packb(frame))
            self._something_unsent.set()
            return
        try:
            await self._socket.send_str(json.dumps(frame))
        except ConnectionError:
            raise self._closed or ConnectionClosedError(self._socket.close_code) from None

    async def command(self, frame: Frame) -> Frame:
        """Send a command and wait for its outcome; an id is made where none is given.

        Raises `ConnectionClosedError` if the connection ends first: the outcome is unknown then, and sending the same
        command on another connection is safe.
        """
        command_id = frame.get("command_id") or secrets.token_hex(8)
        outcome: asyncio.Future[Frame] = asyncio.get_running_loop().create_future()
        self._outcomes[command_id] = outcome
        try:
            await self.send({**frame, "command_id": command_id})
            return await outcome
        finally:
            self._outcomes.pop(command_id, None)

    async def frames(self) -> AsyncIterator[Frame]:
        """Every frame that is no outcome of a command here. Raises `ConnectionClosedError` at the end."""
        while (frame := await self._frames.get()) is not None:
            yield frame
        raise self._closed or ConnectionClosedError(self._socket.close_code)

    async def next_frame(self, *types: str, within_s: float = ANSWER_WITHIN_S) -> Frame:
        """The next frame, or the next of these types; others are passed over."""
        async with asyncio.timeout(within_s):
            async for frame in self.frames():
                if not types or frame["type"] in types:
                    return frame
        raise ConnectionClosedError(self._socket.close_code)

    async def close(self) -> None:
        self._closed_here = True
        with contextlib.suppress(ConnectionError):
            await self._send_unsent()
        await self._socket.close()
        self._reader.cancel()
        self._writer.cancel()
        await asyncio.gather(self._reader, self._writer, return_exceptions=True)
        self._end("closed here")

    async def _write(self) -> None:
        with contextlib.suppress(ConnectionError):  # the reader finds out too, and tells everyone
            while await self._something_unsent.wait():
                await self._send_unsent()

    async def _send_unsent(self) -> None:
        self._something_unsent.clear()
        frames, self._unsent = self._unsent, []
        for together in portions(frames, count_max=MESSAGE_FRAMES_MAX, bytes_max=MESSAGE_BYTES_MAX):
            head = msgpack.Packer().pack_array_header(len(together))
            await self._socket.send_bytes(head + b"".join(together))

    async def _read(self) -> None:
        reason = ""
        try:
            async for message in self._socket:
                frames = self._decoded(message)
                if not frames or self._frames.full():
                    break
                for frame in frames:
                    if frame["type"] == "closing":
                        reason = frame["reason"]
                    self._hand_over(frame)
            await self._socket.close()
        finally:
            self._writer.cancel()
            self._end(reason)

    def _hand_over(self, frame: Frame) -> None:
        match frame["type"]:
            case "welcome" if not self._welcome.done():
                self._welcome.set_result(frame)
            case "outcome" if frame["command_id"] in self._outcomes:
                outcome = self._outcomes.pop(frame["command_id"])
                if not outcome.done():
                    outcome.set_result(frame)
            case _:
                self._frames.put_nowait(frame)

    def _decoded(self, message: aiohttp.WSMessage) -> list[Frame]:
        """The frames of a message; none in one that carries no frames."""
        match message.type:
            case aiohttp.WSMsgType.BINARY:
                frames: list[Frame] = msgpack.unpackb(message.data, strict_map_key=False)
                return frames
            case aiohttp.WSMsgType.TEXT:
                return [json.loads(message.data)]
            case _:
                return []

    def _end(self, reason: str) -> None:
        """Tell everyone who waits that nothing will come any more."""
        if self._closed is not None:
            return
        code = aiohttp.WSCloseCode.OK if self._closed_here else self._socket.close_code
        self._closed = ConnectionClosedError(code, reason)
        waiting = [*self._outcomes.values(), self._welcome]
        for future in waiting:
            if not future.done():
                future.set_exception(self._closed)
                future.exception()  # nobody needs to have waited for it
        if self._frames.full():
            self._frames.get_nowait()
        self._frames.put_nowait(None)
