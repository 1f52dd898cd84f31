"""The listening end of links: a small websocket server that every owner runs."""

import asyncio
import secrets
import socket as sockets
from collections.abc import Callable

import structlog
from aiohttp import web

from actors.config import ShardConfig
from actors.links.handshake import HANDSHAKE_TIMEOUT_S, HandshakeError, answer
from actors.links.link import PING_S, WebsocketLink
from actors.wire import FRAME_BYTES_MAX, Frame

LINK_PATH = "/link"
MESSAGE_BYTES_MAX = 4 * FRAME_BYTES_MAX
"""Hard limit of one websocket message; one frame of more than `FRAME_BYTES_MAX` is a defect of the sender."""

_log = structlog.get_logger(part="listener")


class PortRangeError(Exception):
    """No port of the configured range is free."""


class Listener:
    """Accepts links for one incarnation of an owner, whose `address` no other incarnation will ever have."""

    def __init__(self, config: ShardConfig) -> None:
        self._config = config
        self._nonce = secrets.token_hex(6)
        self._links: dict[tuple[str, str], WebsocketLink] = {}
        self._runner: web.AppRunner | None = None
        self._receive: Callable[[WebsocketLink, Frame], None] | None = None
        self.address = ""

    async def start(self, receive: Callable[[WebsocketLink, Frame], None]) -> None:
        """Bind a port of the range and serve. Raises `PortRangeError`."""
        self._receive = receive
        bound = self._bind()
        self.address = f"ws://{self._config.advertised_host}:{bound.getsockname()[1]}{LINK_PATH}#{self._nonce}"
        app = web.Application()
        app.router.add_get(LINK_PATH, self._accept)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=1.0)
        await self._runner.setup()
        await web.SockSite(self._runner, bound).start()

    async def stop(self) -> None:
        for link in list(self._links.values()):
            await link.close()
        if self._runner is not None:
            await self._runner.cleanup()

    def _bind(self) -> sockets.socket:
        config = self._config
        for port in range(config.port_first, max(config.port_first, config.port_last) + 1):
            bound = sockets.socket(sockets.AF_INET, sockets.SOCK_STREAM)
            bound.setsockopt(sockets.SOL_SOCKET, sockets.SO_REUSEADDR, 1)
            try:
                bound.bind((config.bind_host, port))
            except OSError:
                bound.close()
                continue
            return bound
        raise PortRangeError(
            f"no free port from {config.port_first} to {config.port_last} on {config.bind_host}; widen the port range"
        )

    async def _accept(self, request: web.Request) -> web.StreamResponse:
        socket = web.WebSocketResponse(max_msg_size=MESSAGE_BYTES_MAX, heartbeat=PING_S, compress=False)
        await socket.prepare(request)
        try:
            async with asyncio.timeout(HANDSHAKE_TIMEOUT_S):
                hello = await answer(socket, self._config.cluster_secret, self.address)
        except (HandshakeError, TimeoutError) as error:
            _log.warning("link refused", reason=str(error))
            await socket.close()
            return socket
        key = (hello.name, hello.lane.value)
        older = self._links.get(key)
        if older is not None:
            await older.close()
        link = self._links[key] = WebsocketLink(socket, hello.name)
        assert self._receive is not None
        try:
            await link.serve(self._receive)
        finally:
            if self._links.get(key) is link:
                del self._links[key]
        return socket
