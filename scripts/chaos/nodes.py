"""A Ray of several nodes on one machine: each has a loopback address and a session of processes of its own."""

import asyncio
import os
import secrets
import subprocess
import sys
import time
from pathlib import Path
from typing import Self

import psutil

from scripts.chaos.house import kill_all
from scripts.embedded.errors import EmbeddedError
from scripts.embedded.logfiles import open_log
from scripts.embedded.places import private_folder, runtime_folder, write_private
from scripts.embedded.ports import choose_ports
from scripts.embedded.processes import ProcessRecord, session_members, stop_session
from scripts.embedded.ray_head import ALWAYS, BOOTSTRAP_CONFIG, HEAD_ONLY, OBJECT_STORE_BYTES

HEAD_HOST = "127.0.0.2"
"""Not 127.0.0.1, for which Ray puts the address of a network card as soon as there are several nodes."""
NODE_HOSTS = ("127.0.0.3", "127.0.0.4")
START_WAIT_S = 60.0
NOTICE_SOON = {
    "RAY_health_check_period_ms": "1000",
    "RAY_health_check_timeout_ms": "2000",
    "RAY_health_check_failure_threshold": "2",
}
"""As in `ray-cluster.yaml`: a node that answers nothing is given up within seconds, its shards placed elsewhere."""
SHARD_TITLES = ("ray::QueueActor", "ray::AgentActor", "ray::RouterActor", "ray::SupervisorActor")


class RayNodes:
    """A head and two nodes, running while entered."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._port = choose_ports(1)[0]
        self._started: dict[str, subprocess.Popen[bytes]] = {}
        self._records: dict[str, ProcessRecord] = {}

    async def __aenter__(self) -> Self:
        private_folder(self._folder)
        write_private(self._token_file, secrets.token_hex(32))
        write_private(private_folder(self._folder / "home") / "ray_bootstrap_config.yaml", BOOTSTRAP_CONFIG)
        try:
            for host in (HEAD_HOST, *NODE_HOSTS):  # in turn: at once, two would choose the same names for their sockets
                await self._start(host)
        except BaseException:
            await self.stop()
            raise
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.stop()

    @property
    def environment(self) -> dict[str, str]:
        """What a process needs in its environment to use this Ray."""
        return {
            "RAY_ADDRESS": f"{HEAD_HOST}:{self._port}",
            "RAY_AUTH_MODE": "token",
            "RAY_AUTH_TOKEN_PATH": str(self._token_file),
        }

    @property
    def leaders(self) -> list[ProcessRecord]:
        """The first process of each node's session."""
        return list(self._records.values())

    def kill_fullest(self) -> str:
        """Kill -9 everything on the node, the head's apart, that holds most shards; its address."""
        shards = {host: _shards_of(self._records[host]) for host in NODE_HOSTS if host in self._records}
        victim = max(shards, key=lambda host: shards[host])
        kill_all(session_members(self._records[victim]))
        self._started[victim].wait()
        del self._records[victim]
        return f"{victim} with {shards[victim]} shards"

    async def replace(self) -> None:
        """Let a node join for every one that was killed."""
        for host in NODE_HOSTS:
            if host not in self._records:
                await self._start(host)

    async def stop(self) -> None:
        for host, record in list(self._records.items())[::-1]:
            await asyncio.to_thread(stop_session, record, wait_s=2.0)
            self._started[host].wait()
        self._records.clear()

    @property
    def _token_file(self) -> Path:
        return self._folder / "token"

    async def _start(self, host: str) -> None:
        """Start a node, and return once Ray's own word says that it runs."""
        log_file = self._folder / f"{host}.log"
        begins_at = log_file.stat().st_size if log_file.exists() else 0
        with open_log(log_file) as log:
            process = self._started[host] = subprocess.Popen(  # noqa: ASYNC220 - a fork takes no time worth a thread
                self._command(host),
                env=self._environment(),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        self._records[host] = ProcessRecord.of(host, process.pid)
        deadline_s = time.monotonic() + START_WAIT_S
        while "Ray runtime started" not in log_file.read_bytes()[begins_at:].decode(errors="replace"):
            if process.poll() is not None or time.monotonic() > deadline_s:
                raise EmbeddedError(f"The Ray node at {host} does not start; see {log_file}.")
            await asyncio.sleep(0.1)

    def _command(self, host: str) -> list[str]:
        short = runtime_folder(self._folder) / "ray"
        head = ["--head", f"--port={self._port}", "--num-cpus=0", "--include-dashboard=false", "--no-monitor"]
        joining = [f"--address={HEAD_HOST}:{self._port}"]
        return [
            *(sys.executable, "-m", "ray.scripts.scripts", "start", "--block", "--log-style=record"),
            *([*head, f"--temp-dir={short}"] if host == HEAD_HOST else joining),
            *(f"--node-ip-address={host}", f"--object-store-memory={OBJECT_STORE_BYTES}", "--num-gpus=0"),
            *("--min-worker-port=0", "--max-worker-port=0", "--include-log-monitor=false", "--disable-usage-stats"),
        ]

    def _environment(self) -> dict[str, str]:
        inherited = {k: v for k, v in os.environ.items() if not k.startswith(("RAY_", "STROWGER_"))}
        ours = {"HOME": str(self._folder / "home"), "RAY_ENABLE_WINDOWS_OR_OSX_CLUSTER": "1"}
        return {**inherited, **ALWAYS, **HEAD_ONLY, **NOTICE_SOON, **self.environment, **ours}


def _shards_of(record: ProcessRecord) -> int:
    return sum(1 for process in session_members(record) if title_of(process).startswith(SHARD_TITLES))


def title_of(process: psutil.Process) -> str:
    """What a process calls itself; nothing once it has ended."""
    try:
        return " ".join(process.cmdline()[:1])
    except psutil.NoSuchProcess:
        return ""
