"""`strowger run --demo` from outside: something to look at, through a gateway's death, and a clean end."""

import asyncio
import os
import signal
from collections.abc import Iterator
from typing import Any

import aiohttp
import pytest

from scripts.demo_engine import QUEUES
from tests.integration.house_run import NEXT_START_WITHIN_S, Run, administrator, running_house, wait_until
from web.client import ClientError

pytestmark = [pytest.mark.integration, pytest.mark.timeout(300)]


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Run]:
    with running_house(tmp_path_factory.mktemp("demo") / "state", "--demo") as started:
        yield started


def talks(run: Run) -> list[dict[str, Any]]:
    """Calls in conversation now, with their callers; none while the gateway is away."""

    async def ask() -> list[dict[str, Any]]:
        async with administrator(run) as client:
            return [dict(call) for call in await client.calls() if call["state"] == "talking"]

    try:
        return asyncio.run(ask())
    except (aiohttp.ClientError, ClientError, TimeoutError):
        return []


def test_demo_runs_then_within_a_minute_people_talk_and_the_live_view_is_named(run: Run) -> None:
    wait_until(lambda: len(talks(run)) > 2, within_s=60, told=run.told)
    assert all(call["queue_id"] in QUEUES and call["caller"]["name"] for call in talks(run))
    assert f"http://127.0.0.1:{run.port}/live" in run.told()


def test_gateway_killed_then_calls_go_on_coming(run: Run) -> None:
    before = {call["call_id"] for call in talks(run)}
    os.kill(run.pid_of("gateway-0"), signal.SIGKILL)
    wait_until(lambda: bool({call["call_id"] for call in talks(run)} - before), within_s=60, told=run.told)
    assert run.process.poll() is None


def test_demo_is_stopped_then_nobody_of_it_is_left_in_the_clinic(run: Run) -> None:
    assert run.stop() == 0
    assert run.left() == []
    following = Run(run.state_dir, run.port)
    try:
        following.wait_ready(NEXT_START_WITHIN_S)
        assert talks(following) == []
        assert asyncio.run(present(following)) == []
    finally:
        following.stop()


async def present(run: Run) -> list[str]:
    async with administrator(run) as client:
        waiting = [call["call_id"] for call in await client.calls()]
        return waiting + [agent["agent_id"] for agent in await client.agents() if agent["base"] != "offline"]
