"""`strowger run` from outside: the whole house, its accidents, and what is left when it stops.

One run serves the first tests; the last one kills it and starts the next on what it left.
"""

import json
import os
import shutil
import signal
import stat
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest

from scripts.embedded.places import runtime_folder
from scripts.embedded.ports import choose_ports
from scripts.embedded.postgres import EmbeddedPostgres
from scripts.embedded.processes import ProcessBook
from tests.tidy.tree import ROOT

pytestmark = [pytest.mark.integration, pytest.mark.timeout(300)]

FIRST_START_WITHIN_S = 90.0
NEXT_START_WITHIN_S = 40.0
"""Twice what is promised (20 s): other tests may keep the machine busy."""


class Run:
    """A `strowger run` with its own state folder and port."""

    def __init__(self, state_dir: Path, port: int) -> None:
        self.state_dir = state_dir
        self.port = port
        self.output = state_dir.parent / f"run-{time.monotonic_ns()}.txt"
        with self.output.open("w") as output:
            self.process = subprocess.Popen(  # noqa: S603 - our own command line
                [sys.executable, "-m", "scripts.cli", "run", "--state-dir", str(state_dir), "--port", str(port)],
                cwd=ROOT,
                env=clean_environment(),
                stdout=output,
                stderr=subprocess.STDOUT,
            )

    def wait_ready(self, within_s: float) -> None:
        """Wait for its own word: a gateway that answers may still be the one of a run before."""
        ended = self.process.poll
        wait_until(lambda: "Ctrl-C stops it" in self.told() or ended() is not None, within_s=within_s, told=self.told)
        assert ended() is None, self.told()
        assert self.ready()

    def ready(self) -> bool:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/readyz", timeout=2) as answer:
                return bool(answer.status == 200)
        except (urllib.error.URLError, OSError):
            return False

    def stop(self) -> int:
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        return self.process.wait(60)

    def told(self) -> str:
        return self.output.read_text()

    def pid_of(self, name: str) -> int:
        record = ProcessBook(self.state_dir).read(name)
        assert record is not None
        return record.pid

    def left(self) -> list[str]:
        return [record.name for record in ProcessBook(self.state_dir).all() if record.find()]


def clean_environment() -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if not name.startswith(("STROWGER_", "RAY_"))}


def seen_from_outside(process: psutil.Process) -> str:
    try:
        return " ".join([*process.cmdline(), *process.environ().values()])
    except psutil.NoSuchProcess:  # it has ended meanwhile
        return ""


def wait_until(condition: Callable[[], bool], *, within_s: float, told: Callable[[], str] = str) -> None:
    deadline_s = time.monotonic() + within_s
    while not condition():
        assert time.monotonic() < deadline_s, told()
        time.sleep(0.05)


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Run]:
    state_dir = tmp_path_factory.mktemp("run") / "state"
    started = Run(state_dir, choose_ports(1)[0])
    try:
        started.wait_ready(FIRST_START_WITHIN_S)
        yield started
    finally:
        started.stop()
        EmbeddedPostgres(state_dir).destroy()
        shutil.rmtree(runtime_folder(state_dir), ignore_errors=True)


def test_first_start_then_it_says_how_to_enter(run: Run) -> None:
    told = run.told()
    logins = json.loads((run.state_dir / "demo_logins.json").read_text())
    assert stat.S_IMODE((run.state_dir / "demo_logins.json").stat().st_mode) == 0o600
    assert all(login["login"] in told and login["password"] in told for login in logins["logins"])
    assert f"http://127.0.0.1:{run.port}" in told
    assert str(run.state_dir / "ray" / "token") in told


def test_secrets_then_in_no_command_line_environment_or_log(run: Run) -> None:
    values = json.loads((run.state_dir / "secrets.json").read_text()).values()
    family = [psutil.Process(run.process.pid)]
    family += [psutil.Process(run.pid_of(name)) for name in ("gateway-0", "postgres", "valkey", "ray")]
    family += [child for process in list(family) for child in process.children(recursive=True)]
    seen = [seen_from_outside(process) for process in family]
    seen += [path.read_text(errors="replace") for path in (run.state_dir / "logs").iterdir()]
    assert [text for text in seen for value in values if value in text] == []


def test_second_run_on_the_same_folder_then_refused_by_process_id(run: Run) -> None:
    second = Run(run.state_dir, run.port)
    assert second.process.wait(30) == 1
    assert f"process {run.process.pid}" in second.told()
    assert run.ready()


def test_gateway_killed_then_it_is_back(run: Run) -> None:
    before = run.pid_of("gateway-0")
    os.kill(before, signal.SIGKILL)
    wait_until(lambda: run.pid_of("gateway-0") != before and run.ready(), within_s=30)
    assert "process ended, starting it again" in run.told()


def test_servers_killed_then_the_house_is_ready_again(run: Run) -> None:
    before = {name: run.pid_of(name) for name in ("postgres", "valkey")}
    for pid in before.values():
        os.kill(pid, signal.SIGKILL)
    wait_until(lambda: all(run.pid_of(name) != pid for name, pid in before.items()) and run.ready(), within_s=40)
    assert run.process.poll() is None


def test_run_killed_then_the_next_start_cleans_up_and_a_stop_leaves_nothing(run: Run) -> None:
    before = {name: run.pid_of(name) for name in ("gateway-0", "postgres", "valkey", "ray")}
    run.process.kill()
    run.process.wait()
    started_at_s = time.monotonic()
    following = Run(run.state_dir, run.port)
    try:
        following.wait_ready(NEXT_START_WITHIN_S)
        assert time.monotonic() - started_at_s < NEXT_START_WITHIN_S
        assert not any(following.pid_of(name) == pid for name, pid in before.items())
    finally:
        status = following.stop()
    assert status == 0
    assert following.left() == []
