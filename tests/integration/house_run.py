"""`strowger run` as tests start it: a process of its own, a state folder of its own, a free port."""

import os
import shutil
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path

import psutil

from scripts.embedded.places import runtime_folder
from scripts.embedded.ports import choose_ports
from scripts.embedded.postgres import EmbeddedPostgres
from scripts.embedded.processes import ProcessBook
from scripts.seed import read_demo_logins
from tests.tidy.tree import ROOT
from web.client import Client

FIRST_START_WITHIN_S = 90.0
NEXT_START_WITHIN_S = 40.0
"""Twice what is promised (20 s): other tests may keep the machine busy."""
RUN = (sys.executable, "-m", "scripts.cli", "run")


class Run:
    """A `strowger run` with its own state folder and port."""

    def __init__(self, state_dir: Path, port: int, *options: str) -> None:
        self.state_dir = state_dir
        self.port = port
        self.output = state_dir.parent / f"run-{time.monotonic_ns()}.txt"
        with self.output.open("w") as output:
            self.process = subprocess.Popen(  # noqa: S603 - our own command line
                [*RUN, "--state-dir", str(state_dir), "--port", str(port), *options],
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


@contextmanager
def running_house(state_dir: Path, *options: str) -> Iterator[Run]:
    """A ready house; afterwards nothing of it is left."""
    started = Run(state_dir, choose_ports(1)[0], *options)
    try:
        started.wait_ready(FIRST_START_WITHIN_S)
        yield started
    finally:
        started.stop()
        EmbeddedPostgres(state_dir).destroy()
        shutil.rmtree(runtime_folder(state_dir), ignore_errors=True)


@asynccontextmanager
async def administrator(run: Run) -> AsyncIterator[Client]:
    """The administrator of the demonstration clinic, signed in."""
    demo = read_demo_logins(run.state_dir)
    assert demo is not None
    login = demo.of_role("administrator")[0]
    async with Client(f"http://127.0.0.1:{run.port}") as client:
        await client.sign_in(demo.clinic, login.login, login.password)
        yield client
