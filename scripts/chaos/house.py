"""A `strowger run` as a process that is started, killed with everything it started, and started again."""

import asyncio
import contextlib
import os
import signal
import subprocess
import sys
from pathlib import Path

import psutil

from scripts.embedded.errors import EmbeddedError
from scripts.embedded.logfiles import open_log
from scripts.embedded.places import private_folder
from scripts.embedded.ports import choose_ports
from scripts.embedded.processes import ProcessBook, ProcessRecord, session_members, wait_gone
from scripts.house.readiness import wait_until_ready
from scripts.settings import CHECKOUT

GATEWAYS = 2
READY_WITHIN_S = 120.0
STOP_WITHIN_S = 60.0
SHARDS = ("queue", "agent", "router", "supervisor")


class ChaosHouse:
    """One installation in a folder of its own. `environment`: settings for what it does not embed."""

    def __init__(self, state_dir: Path, environment: dict[str, str]) -> None:
        self.state_dir = state_dir
        self.port = _consecutive_ports()
        self._environment = environment
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def ports(self) -> list[int]:
        return [self.port + number for number in range(GATEWAYS)]

    @property
    def log_file(self) -> Path:
        return self.state_dir / "logs" / "chaos-run.log"

    @property
    def records(self) -> list[ProcessRecord]:
        """Everything that the house started and that leads a session."""
        return ProcessBook(self.state_dir).all()

    async def start(self) -> None:
        """Start it, and return once it can serve. Raises `EmbeddedError`."""
        private_folder(self.state_dir)
        command = ["-m", "scripts.cli", "run", "--state-dir", str(self.state_dir), "--port", str(self.port)]
        inherited = {k: v for k, v in os.environ.items() if not k.startswith(("STROWGER_", "RAY_"))}
        with open_log(self.log_file) as log:
            self._process = subprocess.Popen(  # noqa: ASYNC220 - a fork takes no time worth a thread
                [sys.executable, *command, "--gateways", str(GATEWAYS)],
                cwd=CHECKOUT,
                env=inherited | self._environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        await self.ready()

    async def ready(self) -> None:
        """Wait until every gateway says that it can serve. Raises `EmbeddedError` with the end of the log."""
        try:
            for port in self.ports:
                await wait_until_ready(f"http://127.0.0.1:{port}", limit_s=READY_WITHIN_S)
        except EmbeddedError as error:
            tail = "\n".join(self.log_file.read_text(errors="replace").splitlines()[-5:])
            raise EmbeddedError(f"{error}\nThe end of {self.log_file} says:\n{tail}") from None

    async def kill(self) -> None:
        """Kill -9 everything at once, the one who would start it again first."""
        assert self._process is not None
        self._process.kill()
        victims = [process for record in self.records for process in session_members(record)]
        kill_all(victims)
        self._process.wait()
        await asyncio.to_thread(wait_gone, victims, wait_s=STOP_WITHIN_S)

    async def stop(self) -> None:
        """Stop it as its operator would; by force if it does not."""
        if self._process is None:
            return
        if self._process.poll() is None:
            self._process.send_signal(signal.SIGTERM)
            try:
                await asyncio.to_thread(self._process.wait, STOP_WITHIN_S)
            except subprocess.TimeoutExpired:
                await self.kill()
        self._process = None


def kill_all(victims: list[psutil.Process]) -> None:
    """Kill -9, at once; some may end by themselves meanwhile."""
    for victim in victims:
        with contextlib.suppress(psutil.NoSuchProcess):
            victim.send_signal(signal.SIGKILL)


def find_shard(name: str, leaders: list[ProcessRecord]) -> psutil.Process | None:
    """The process of the only shard of a kind, by the title that Ray gives it, in the sessions of a Ray's nodes."""
    title = f"ray::{name.capitalize()}Actor".encode()
    sessions = {leader.pid for leader in leaders}
    for pid in psutil.pids():
        try:
            if _command_line(pid).startswith(title) and os.getsid(pid) in sessions:
                return psutil.Process(pid)
        except (OSError, psutil.NoSuchProcess):  # it has ended meanwhile
            continue
    return None


def _command_line(pid: int) -> bytes:
    return Path(f"/proc/{pid}/cmdline").read_bytes()[:64]


def _consecutive_ports() -> int:
    """The first of as many free ports in a row as there are gateways."""
    while True:
        first = choose_ports(1)[0]
        if all(_is_free(first + number) for number in range(1, GATEWAYS)):
            return first


def _is_free(port: int) -> bool:
    return choose_ports(1, preferred={0: port}) == [port]
