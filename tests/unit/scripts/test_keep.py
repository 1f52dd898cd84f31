"""What ends is started again: at once, then with growing pauses; and its failures are told."""

import asyncio
from collections.abc import Callable
from pathlib import Path

import pytest
import structlog.testing

from scripts.embedded.errors import EmbeddedError
from scripts.embedded.processes import ProcessBook
from scripts.house.children import Child
from scripts.house.keep import HEALTHY_AFTER_S, PAUSE_MAX_S, Backoff, keep_child, keep_server


class FakeServer:
    """Runs, ends when told, and fails to start as often as told."""

    def __init__(self, failures: int = 0) -> None:
        self.pid: int | None = None
        self.starts = 0
        self._failures = failures

    def start(self) -> None:
        self.starts += 1
        if self._failures:
            self._failures -= 1
            raise EmbeddedError("no room")
        self.pid = self.starts


async def until(condition: Callable[[], object]) -> None:
    async with asyncio.timeout(60):
        while not condition():  # noqa: ASYNC110 - what is waited for happens in a thread or another process
            await asyncio.sleep(0.01)


@pytest.fixture(autouse=True)
def _no_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("scripts.house.keep.LOOK_EVERY_S", 0.01)
    monkeypatch.setattr("scripts.house.keep.PAUSE_FIRST_S", 0.01)


def test_first_end_then_no_pause_and_each_next_one_longer_up_to_a_limit() -> None:
    now_s = 0.0
    backoff = Backoff(lambda: now_s)
    pauses = [backoff.next_pause_s() for _ in range(20)]
    assert pauses[0] == 0.0
    assert pauses[1:4] == [0.01, 0.02, 0.04]
    assert pauses[-1] == PAUSE_MAX_S


def test_long_healthy_life_then_the_pauses_begin_anew() -> None:
    now_s = 0.0
    backoff = Backoff(lambda: now_s)
    backoff.next_pause_s()
    assert backoff.next_pause_s() > 0
    backoff.started()
    now_s += HEALTHY_AFTER_S
    assert backoff.next_pause_s() == 0.0


async def test_server_ends_then_started_again_and_what_depends_on_it_too() -> None:
    server = FakeServer(failures=2)
    dependants: list[int | None] = []

    async def after_restart() -> None:
        dependants.append(server.pid)

    with structlog.testing.capture_logs() as lines:
        keeper = asyncio.ensure_future(keep_server("ray", server, after_restart))
        await until(lambda: dependants)
        keeper.cancel()
        await asyncio.gather(keeper, return_exceptions=True)
    assert server.starts == 3
    assert dependants == [3]
    assert [line["event"] for line in lines if line["log_level"] == "error"] == ["server does not start"] * 2
    assert lines[-1]["event"] == "server is back"


async def test_child_ends_then_started_again_and_recorded(tmp_path: Path) -> None:
    child = Child("doctor", ["--help"], state_dir=tmp_path, told=b"")
    await child.start()
    with structlog.testing.capture_logs() as lines:
        keeper = asyncio.ensure_future(keep_child(child))
        await until(lambda: len(lines) >= 2)
        keeper.cancel()
        await asyncio.gather(keeper, return_exceptions=True)
    await child.stop(wait_s=1)
    assert lines[0] == {
        "event": "process ended, starting it again",
        "log_level": "warning",
        "process": "doctor",
        "exit_status": 0,
        "pause_s": 0.0,
    }
    assert ProcessBook(tmp_path).all() == []


async def test_step_that_fails_then_its_last_words_are_in_the_error(tmp_path: Path) -> None:
    child = Child("step", ["no-such-command"], state_dir=tmp_path, told=b"")
    with pytest.raises(EmbeddedError, match="No such command 'no-such-command'"):
        await child.run_to_end({}, limit_s=30)
    assert ProcessBook(tmp_path).all() == []
