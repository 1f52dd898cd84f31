"""The upgrade: same site, a subprotocol that both speak, and who it is, by session cookie or by a first `hello`."""

import asyncio

import structlog
from aiohttp import WSMsgType, web

from web import protocol as p
from web.codec import CODECS, Codec
from web.errors import DoorError
from web.roles import User
from web.services import GATEWAY, Gateway
from web.sessions import COOKIE, SignedIn
from web.ws.connection import CLOSE_WAIT_S, HEARTBEAT_S, Connection, read_frame, split_message

HELLO_WITHIN_S = 5.0
HELLOS_AWAITED_MAX = 1_000
"""Connections that have not said yet who they are."""

log = structlog.get_logger(part="websocket")


class WebsocketDoor:
    """Lets websockets in."""

    def __init__(self) -> None:
        self._awaited = 0

    async def open(self, request: web.Request) -> web.StreamResponse:
        gateway = request.app[GATEWAY]
        if request.headers.get("Upgrade", "").lower() != "websocket":
            raise DoorError("not_a_websocket")
        gateway.addresses.check_origin(request)
        codec = _codec(request)
        if gateway.sockets.stopping or self._awaited >= HELLOS_AWAITED_MAX:
            raise DoorError("overloaded")
        cookie = request.cookies.get(COOKIE)
        signed_in = await gateway.sessions.find(cookie) if cookie is not None else None
        socket = web.WebSocketResponse(
            protocols=(codec.subprotocol,),
            heartbeat=HEARTBEAT_S,
            max_msg_size=p.FRAME_BYTES_MAX,
            timeout=CLOSE_WAIT_S,
            compress=False,
        )
        await socket.prepare(request)
        user = signed_in.user if signed_in is not None else None
        if user is None and cookie is None:
            user = await self._hello(gateway, socket, codec)
        if user is None:
            if not socket.closed:
                await _turn_away(socket, codec, p.CloseCode.NOT_SIGNED_IN, "Sign in, or send a fresh ticket.")
            return socket
        await _serve(gateway, request, socket, codec, user, signed_in)
        return socket

    async def _hello(self, gateway: Gateway, socket: web.WebSocketResponse, codec: Codec) -> User | None:
        """The timed phase in which a program shows its ticket; None if it does not, or may not come in."""
        self._awaited += 1
        try:
            async with asyncio.timeout(HELLO_WITHIN_S):
                message = await socket.receive()
        except TimeoutError:
            await _turn_away(socket, codec, p.CloseCode.HELLO_LATE, "Nothing was said in time; send hello first.")
            return None
        finally:
            self._awaited -= 1
        if message.type not in {WSMsgType.TEXT, WSMsgType.BINARY}:
            return None
        try:
            frames = split_message(codec, message.type is WSMsgType.BINARY, message.data)
            frame = read_frame(codec, frames[0] if len(frames) == 1 else b"")
            return await gateway.tickets.redeem(frame.ticket) if isinstance(frame, p.Hello) else None
        except DoorError as error:
            await _send(socket, codec, p.ErrorFrame(error.code, error.message, error.field))
            return None


async def _serve(
    gateway: Gateway,
    request: web.Request,
    socket: web.WebSocketResponse,
    codec: Codec,
    user: User,
    signed_in: SignedIn | None,
) -> None:
    connection = Connection(gateway, socket, codec, user, signed_in, request.transport)
    try:
        gateway.sockets.add(connection)
    except DoorError as error:
        await _turn_away(socket, codec, p.CloseCode.TOO_MANY, error.message)
        return
    gauge = gateway.metrics.sockets.labels(codec.subprotocol)
    gauge.inc()
    try:
        await connection.run()
    finally:
        gauge.dec()
        gateway.sockets.remove(connection)


def _codec(request: web.Request) -> Codec:
    """The first encoding on the client's list that is spoken here; JSON for a client that has no list."""
    header = ",".join(request.headers.getall("Sec-WebSocket-Protocol", []))
    offered = [name.strip() for name in header.split(",") if name.strip()]
    if not offered:
        return CODECS[p.JSON_SUBPROTOCOL]
    for name in offered:
        if name in CODECS:
            return CODECS[name]
    raise DoorError("unsupported_protocol")


async def _turn_away(socket: web.WebSocketResponse, codec: Codec, code: int, reason: str) -> None:
    await _send(socket, codec, p.Closing(code, reason))
    await socket.close(code=code, message=reason.encode())


async def _send(socket: web.WebSocketResponse, codec: Codec, frame: p.ServerFrame) -> None:
    try:
        for message, _ in codec.join([codec.encode(frame)]):
            await socket.send_frame(message, WSMsgType.BINARY if codec.is_binary else WSMsgType.TEXT)
    except ConnectionError:
        log.debug("the client was gone before it was turned away")
