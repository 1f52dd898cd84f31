"""A private Ray head for one state folder: loopback only, a token for everything, its dashboard on.

    with EmbeddedRay(Path(".strowger")) as head:
        os.environ.update(head.client_environment)
        ray.init(address=head.address)

It never joins another cluster and nothing joins it by accident: the address is always named, every port is
chosen free, and both are recorded in the state folder. All its processes share one session, by which they
are stopped; `ray stop` would stop every other cluster of the machine as well.
"""

import json
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path
from typing import Self

from scripts.embedded.errors import EmbeddedError
from scripts.embedded.locks import HeldLock
from scripts.embedded.logfiles import open_log
from scripts.embedded.places import private_folder, runtime_folder, write_private
from scripts.embedded.ports import HOST, alone_with_wish, choose_ports
from scripts.embedded.processes import ProcessBook, ProcessRecord, stop_session
from scripts.secrets_file import load_or_create

NAME = "ray"
START_WAIT_S = 60.0
START_ATTEMPTS_MAX = 3
STOP_WAIT_S = 5.0
OBJECT_STORE_BYTES = 80 * 1024 * 1024
"""Close to Ray's minimum: calls and events never go through its object store."""
SESSIONS_KEPT_MAX = 3
DASHBOARD_PORT_PREFERRED = 8265
PORT_FLAGS = (
    "port",
    "dashboard-port",
    "ray-client-server-port",
    "node-manager-port",
    "object-manager-port",
    "dashboard-agent-listen-port",
    "dashboard-agent-grpc-port",
    "metrics-export-port",
    "runtime-env-agent-port",
)

ALWAYS = {
    "RAY_AUTH_MODE": "token",
    "RAY_USAGE_STATS_ENABLED": "0",
    # Even when it is off, Ray reports once that it is off: to nobody, then.
    "RAY_USAGE_STATS_REPORT_URL": "http://127.0.0.1:9/",
    # Without it, Ray turns the loopback address that it is given into the address of a network card.
    "RAY_ENABLE_WINDOWS_OR_OSX_CLUSTER": "0",
}
HEAD_ONLY = {
    # A shard is started when it is asked for; idle workers would take 100 MB each.
    "RAY_enable_worker_prestart": "0",
    "RAY_prestart_worker_first_driver": "0",
    # Ray runs its workers at nice 15: on a busy machine callers would wait behind everybody else's work.
    "RAY_worker_niceness": "0",
    # Shards are drained before the head is told to stop; it need not wait for anything else.
    "RAY_GRACEFUL_SHUTDOWN_DRAIN_TIMEOUT_S": "0",
}
BOOTSTRAP_CONFIG = "provider:\n  type: local\n"
"""Without it, the dashboard asks the metadata servers of three clouds where it is."""


class EmbeddedRay:
    """One head. `start` and `stop` may be called again and again."""

    def __init__(self, state_dir: Path, *, runtime_dir: Path | None = None, dashboard: bool = True) -> None:
        self._state_dir = state_dir.absolute()
        self._runtime_dir = runtime_dir
        self._dashboard = dashboard
        self._process: subprocess.Popen[bytes] | None = None
        self._ports: dict[str, int] = {}
        self._token = load_or_create(self._state_dir).ray_token
        self._lock = HeldLock(self._state_dir / "ray.lock", "The embedded Ray")
        self._book = ProcessBook(self._state_dir)

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    @property
    def address(self) -> str:
        """What `ray.init(address=...)` takes, in a process that has `client_environment`."""
        return f"{HOST}:{self._ports['port']}"

    @property
    def dashboard_url(self) -> str:
        return f"http://{HOST}:{self._ports['dashboard-port']}"

    @property
    def token_file(self) -> Path:
        """The dashboard asks for the content of this file; only its owner can read it."""
        return self._state_dir / "ray" / "token"

    @property
    def client_environment(self) -> dict[str, str]:
        """What a process must have in its environment, before it imports Ray, to talk to this head."""
        return {**ALWAYS, "RAY_AUTH_TOKEN_PATH": str(self.token_file), "RAY_ADDRESS": self.address}

    @property
    def pid(self) -> int | None:
        """The head's watching process, or None while it does not run; it ends when any part of the head
        does.
        """
        return self._process.pid if self._process and self._process.poll() is None else None

    def find_running(self) -> bool:
        """Whether another process of this installation runs the head now; then `address` and the like are its own."""
        record = self._book.read(NAME)
        if self.pid is not None or record is None or record.find() is None:
            return False
        self._ports = json.loads((self._folder / "head.json").read_text())["ports"]
        return True

    def start(self) -> None:
        """Start the head and return once it accepts drivers."""
        if self.pid is not None:
            return
        self._lock.take()
        try:
            self._stop_processes()
            self._prepare_folders()
            self._start_with_retries()
        except BaseException:
            self.stop()
            raise

    def stop(self) -> None:
        """Stop the head with all its workers."""
        self._stop_processes()
        self._lock.release()

    def _stop_processes(self) -> None:
        record = self._book.read(NAME)
        if record is not None:
            stop_session(record, wait_s=STOP_WAIT_S)
            self._book.forget(NAME)
        if self._process is not None:
            self._process.wait()
            self._process = None

    @property
    def _folder(self) -> Path:
        return self._state_dir / "ray"

    @property
    def _home(self) -> Path:
        """The head's own home folder, where it looks for the description of its cluster."""
        return self._folder / "home"

    @property
    def _short_folder(self) -> Path:
        """A link to the folder above under a short name: Ray puts sockets below it, and their paths are
        limited.
        """
        return (self._runtime_dir or runtime_folder(self._state_dir)) / "ray"

    @property
    def _log_file(self) -> Path:
        return self._state_dir / "logs" / "ray.log"

    def _prepare_folders(self) -> None:
        private_folder(self._folder)
        sessions = private_folder(self._folder / "sessions")
        if not self._short_folder.is_symlink():
            self._short_folder.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._short_folder.symlink_to(sessions)
        write_private(self.token_file, self._token)
        write_private(private_folder(self._home) / "ray_bootstrap_config.yaml", BOOTSTRAP_CONFIG)
        for old in sorted(sessions.glob("session_2*"))[:-SESSIONS_KEPT_MAX]:
            shutil.rmtree(old, ignore_errors=True)

    def _start_with_retries(self) -> None:
        """A port that was free may be taken a moment later; then all are chosen anew."""
        for _ in range(START_ATTEMPTS_MAX):
            with alone_with_wish(DASHBOARD_PORT_PREFERRED) as alone:
                if self._try_start({PORT_FLAGS.index("dashboard-port"): DASHBOARD_PORT_PREFERRED} if alone else {}):
                    return
            self._stop_processes()
        raise EmbeddedError(f"The embedded Ray does not start; see {self._log_file}.")

    def _try_start(self, preferred: dict[int, int]) -> bool:
        numbers = choose_ports(len(PORT_FLAGS), preferred=preferred)
        self._ports = dict(zip(PORT_FLAGS, numbers, strict=True))
        ready = self._short_folder / "ray_current_cluster"
        ready.unlink(missing_ok=True)
        with open_log(self._log_file) as log:
            self._process = subprocess.Popen(
                self._command(),
                cwd=self._folder,
                env=self._environment(),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        self._book.write(ProcessRecord.of(NAME, self._process.pid))
        recorded = {"address": self.address, "dashboard_url": self.dashboard_url, "ports": self._ports}
        write_private(self._folder / "head.json", json.dumps(recorded, indent=2) + "\n")
        return self._wait_ready(self._process, ready)

    def _command(self) -> list[str]:
        ports = [f"--{flag}={number}" for flag, number in self._ports.items()]
        return [
            *(sys.executable, "-m", "ray.scripts.scripts", "start", "--head", "--block", "--log-style=record"),
            *(f"--node-ip-address={HOST}", f"--dashboard-host={HOST}", f"--temp-dir={self._short_folder}"),
            *(f"--include-dashboard={str(self._dashboard).lower()}", "--include-log-monitor=false"),
            *("--no-monitor", "--disable-usage-stats", f"--object-store-memory={OBJECT_STORE_BYTES}"),
            *("--min-worker-port=0", "--max-worker-port=0", "--num-gpus=0"),
            *ports,
        ]

    def _environment(self) -> dict[str, str]:
        """Workers inherit it, so neither our own settings (there are secrets among them) nor stray Ray ones
        go in.
        """
        inherited = {k: v for k, v in os.environ.items() if not k.startswith(("RAY_", "STROWGER_"))}
        ours = {"RAY_AUTH_TOKEN_PATH": str(self.token_file), "HOME": str(self._home)}
        return {**inherited, **ALWAYS, **HEAD_ONLY, **ours}

    def _wait_ready(self, process: subprocess.Popen[bytes], ready: Path) -> bool:
        """Ray writes its address to a file as the last step of its start."""
        deadline = time.monotonic() + START_WAIT_S
        while process.poll() is None and time.monotonic() < deadline:
            if ready.exists() and ready.read_text().strip() == self.address:
                return True
            time.sleep(0.05)
        return False
