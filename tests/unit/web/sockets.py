"""Websockets for tests: programs with tickets, and raw ones that can send anything."""

import asyncio
from collections.abc import Callable
from typing import Any

import aiohttp

from tests.unit.web.stand import Stand
from web.client import Connection, ConnectionClosedError
from web.sessions import COOKIE


async def program(stand: Stand, *agent_ids: str, binary: bool = True) -> Connection:
    admin = await stand.client("admin")
    return await stand.connect(admin, ticket=await admin.make_ticket(agent_ids), msgpack=binary)


async def until_closed(connection: Connection) -> tuple[int | None, list[Any]]:
    frames = []
    try:
        async with asyncio.timeout(5):
            async for frame in connection.frames():
                frames.append(frame)  # noqa: PERF401 - the end comes as an exception
    except ConnectionClosedError as closed:
        return closed.code, frames
    raise AssertionError


class Raw:
    """A websocket that can send anything."""

    def __init__(self, stand: Stand, *protocols: str, cookie: str | None = None) -> None:
        self._http = aiohttp.ClientSession(
            cookies={COOKIE: cookie} if cookie is not None else {}, cookie_jar=aiohttp.CookieJar(unsafe=True)
        )
        self._url = f"{stand.url}/api/v1/ws"
        self._protocols = protocols

    async def __aenter__(self) -> aiohttp.ClientWebSocketResponse:
        try:
            self._socket = await self._http.ws_connect(self._url, protocols=self._protocols)
        except BaseException:
            await self._http.close()
            raise
        return self._socket

    async def __aexit__(self, *_: object) -> None:
        await self._socket.close()
        await self._http.close()


async def eventually(condition: Callable[[], bool]) -> None:
    """Until the server has noticed."""
    async with asyncio.timeout(5):
        while not condition():  # noqa: ASYNC110 - the server under test has no event for this
            await asyncio.sleep(0.005)
