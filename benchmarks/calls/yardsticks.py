"""Bare operations, measured during the load, so that a number can be judged against what the machine can do.

`commit_ms`: one durable commit without any table. `websocket_echo_ms`: a message to an aiohttp echo server in a process
of its own, and back. `ray_call_ms`: an empty method of a Ray actor; whoever knows Ray brings that one.
"""

import asyncio
import multiprocessing
import socket
import time
from collections.abc import Awaitable, Callable
from typing import Self

import aiohttp
from aiohttp import web

SAMPLES_PER_S = 10.0
"""Rare enough not to be a load of their own."""

Operation = Callable[[], Awaitable[object]]


async def sample(operation: Operation, samples_ms: list[float]) -> None:
    """Time an operation now and then until cancelled."""
    while True:
        started = time.perf_counter()
        await operation()
        samples_ms.append((time.perf_counter() - started) * 1_000)
        await asyncio.sleep(1 / SAMPLES_PER_S)


class EchoServer:
    """A websocket echo in a process of its own; `url` once entered."""

    def __init__(self) -> None:
        self._socket = socket.socket()
        self._socket.bind(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._socket.getsockname()[1]}/"
        self._process = multiprocessing.get_context("fork").Process(target=_serve_echo, args=(self._socket,))

    def __enter__(self) -> Self:
        self._process.start()
        self._socket.close()
        return self

    def __exit__(self, *_: object) -> None:
        self._process.terminate()
        self._process.join(timeout=5.0)


async def echo_operation(session: aiohttp.ClientSession, url: str) -> Operation:
    """One message there and back on an open websocket."""
    connection = await session.ws_connect(url)

    async def echo() -> None:
        await connection.send_bytes(b"0123456789abcdef")
        await connection.receive_bytes()

    return echo


def _serve_echo(listening: socket.socket) -> None:
    async def echo(request: web.Request) -> web.StreamResponse:
        connection = web.WebSocketResponse()
        await connection.prepare(request)
        async for message in connection:
            await connection.send_bytes(message.data)
        return connection

    app = web.Application()
    app.router.add_get("/", echo)
    web.run_app(app, sock=listening, print=None, access_log=None, handle_signals=True)
