"""The running house under load, with real processes really killed, judged by the load client's own ledger."""

import asyncio
import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from scripts.chaos.house import find_shard
from scripts.embedded.processes import ProcessBook
from tests.integration.house_run import NEXT_START_WITHIN_S, Run, administrator, clean_environment, running_house
from tests.tidy.tree import ROOT

pytestmark = [pytest.mark.integration, pytest.mark.timeout(300)]

KINDS = ("agent-0", "queue-0", "router-0", "supervisor-0")


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Run]:
    with running_house(tmp_path_factory.mktemp("load") / "state") as started:
        yield started


def strowger(run: Run, *arguments: str) -> subprocess.Popen[bytes]:
    """A command of ours for this run."""
    environment = clean_environment() | {"STROWGER_STATE_DIR": str(run.state_dir), "STROWGER_PORT": str(run.port)}
    command = [sys.executable, "-m", "scripts.cli", *arguments]
    return subprocess.Popen(  # noqa: S603 - our own command line
        command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )


def ended_well(process: subprocess.Popen[bytes]) -> str:
    """What it told; it must have been content."""
    told, problems = process.communicate(timeout=200)
    assert process.returncode == 0, problems.decode()
    return told.decode()


def bench(run: Run, report: Path, *options: str) -> dict[str, Any]:
    """A load on this run; its report."""
    ended_well(strowger(run, "bench", "calls", "--json", str(report), *options))
    told: dict[str, Any] = json.loads(report.read_text())
    return told


def shard_pids(run: Run) -> set[int]:
    """The processes of all shards, as the machine shows them."""
    leader = ProcessBook(run.state_dir).read("ray")
    assert leader is not None
    found = [find_shard(kind.removesuffix("-0"), [leader]) for kind in KINDS]
    return {shard.pid for shard in found if shard is not None}


async def line_of(run: Run, queue_id: str) -> list[tuple[int, str]]:
    """Everybody who waits in a queue: arrival and id, next one first."""
    async with administrator(run) as client:
        waiting = [call for call in await client.calls() if call["queue_id"] == queue_id]
    return sorted((call["arrived_at_ms"], call["call_id"]) for call in waiting if call["state"] == "waiting")


def test_every_shard_killed_under_load_then_nothing_is_lost_or_double(run: Run, tmp_path: Path) -> None:
    told = bench(run, tmp_path / "kill.json", "--rate", "15", "--agents", "40", "--seconds", "25", "--kill")
    assert (told["lost_calls"], told["double_offers"]) == (0, 0)
    assert told["scheduled"] == told["acknowledged"] == told["completed"] > 0
    assert sorted(kill["name"] for kill in told["kills"]) == sorted(KINDS)
    assert all(kill["dispatching_again_s"] is not None for kill in told["kills"])


def test_shards_rolled_under_load_then_all_are_new_and_nothing_is_lost_or_double(run: Run, tmp_path: Path) -> None:
    report = tmp_path / "roll.json"
    load = strowger(run, "bench", "calls", "--json", str(report), "--rate", "15", "--agents", "40", "--seconds", "15")
    assert load.stdout is not None
    while not load.stdout.readline().startswith(b"Calls"):
        assert load.poll() is None
    before = shard_pids(run)
    rolled = ended_well(strowger(run, "shards", "roll"))
    assert [line.removesuffix(" ...") for line in rolled.splitlines()[:-1]] == [
        "supervisor-0",
        "router-0",
        "agent-0",
        "queue-0",
    ]
    after = shard_pids(run)
    assert (len(before), len(after), before & after) == (len(KINDS), len(KINDS), set())
    ended_well(load)
    told = json.loads(report.read_text())
    assert (told["lost_calls"], told["double_offers"]) == (0, 0)
    assert told["scheduled"] == told["acknowledged"] == told["completed"] > 0


def test_many_agents_on_one_websocket_then_every_call_is_served(run: Run, tmp_path: Path) -> None:
    told = bench(run, tmp_path / "multiplex.json", "--rate", "30", "--agents", "60", "--seconds", "4", "--multiplex")
    assert (told["lost_calls"], told["double_offers"], told["refusals"]) == (0, 0, {})
    assert told["scheduled"] == told["completed"] > 0
    assert all(told["yardsticks"][name]["p99"] > 0 for name in ("commit_ms", "websocket_echo_ms", "ray_call_ms"))


def test_everything_killed_then_who_waited_still_waits_in_the_same_order(run: Run) -> None:
    async def queue_up() -> None:
        async with administrator(run) as client:
            await client.put_queue("nobody", {"name": "Nobody answers"})
            for index in range(12):
                await client.enqueue("nobody", call_id=f"waits-{index}")

    asyncio.run(queue_up())
    before = asyncio.run(line_of(run, "nobody"))
    assert len(before) == 12
    run.process.kill()
    run.process.wait()
    following = Run(run.state_dir, run.port)
    try:
        following.wait_ready(NEXT_START_WITHIN_S)
        assert asyncio.run(line_of(following, "nobody")) == before
    finally:
        following.stop()
