"""Waiting for a gateway's yes."""

from collections.abc import AsyncIterator, Awaitable, Callable

import pytest
from aiohttp import web

from scripts.embedded.errors import EmbeddedError
from scripts.house.readiness import wait_until_ready


class Door:
    """Answers `/readyz` with what it is told next; the last answer stays."""

    def __init__(self, *answers: tuple[int, str]) -> None:
        self._answers = list(answers)
        self.asked = 0

    async def answer(self, _request: web.Request) -> web.Response:
        self.asked += 1
        status, text = self._answers.pop(0) if len(self._answers) > 1 else self._answers[0]
        return web.Response(status=status, text=text)


Serve = Callable[[Door], Awaitable[str]]


@pytest.fixture
async def serve() -> AsyncIterator[Serve]:
    runners = []

    async def start(door: Door) -> str:
        app = web.Application()
        app.router.add_get("/readyz", door.answer)
        runner = web.AppRunner(app)
        runners.append(runner)
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        return f"http://127.0.0.1:{runner.addresses[0][1]}"

    yield start
    for runner in runners:
        await runner.cleanup()


async def test_not_ready_at_first_then_asked_until_it_is(serve: Serve) -> None:
    parts = '{"ready": false, "database": "ok", "redis": "unreachable", "shards": "unreachable"}'
    door = Door((503, "no shards"), (503, "no shards"), (503, parts), (200, "ok"))
    told: list[str] = []
    await wait_until_ready(await serve(door), limit_s=10, say=told.append)
    assert told == ["no shards", "waiting for redis, shards"]
    assert door.asked == 4


async def test_never_ready_then_refused_with_its_last_answer(serve: Serve) -> None:
    url = await serve(Door((503, "no shards")))
    with pytest.raises(EmbeddedError, match="no shards"):
        await wait_until_ready(url, limit_s=0.2)


async def test_nobody_there_then_refused(unused_tcp_port: int) -> None:
    with pytest.raises(EmbeddedError, match="first answer"):
        await wait_until_ready(f"http://127.0.0.1:{unused_tcp_port}", limit_s=0)
