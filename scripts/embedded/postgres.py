"""A private Postgres for one state folder.

    with EmbeddedPostgres(Path(".strowger")) as postgres:
        print(postgres.owner_url)

It listens on a Unix socket only, asks everybody for a password, and survives kill -9 of itself or of
whoever started it: the next start stops what is left over, by process id, and recovers.
"""

import os
import secrets as randomness
import shutil
import signal
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Self
from urllib.parse import quote

import psutil

from scripts.embedded.errors import EmbeddedError
from scripts.embedded.locks import HeldLock
from scripts.embedded.logfiles import open_log
from scripts.embedded.places import private_folder, runtime_folder, write_private
from scripts.embedded.postgres_binaries import find_binaries
from scripts.embedded.postgres_data import DATABASE, OWNER_ROLE, PORT, SUPERUSER, DataFolder
from scripts.embedded.processes import ProcessBook, ProcessRecord, stop_process
from scripts.embedded.system_user import SHARED_ROOT, run_as
from scripts.embedded.write_ahead_log import KeepNothing, Recover, WriteAheadLog
from scripts.secrets_file import load_or_create

APP_ROLE = "strowger_app"
JOURNAL_ROLE = "strowger_journal"
"""Both are created by the migrations."""

HOME_POINTER = "home"
"""In the state folder: where the data folder lies instead."""
STATE_FOLDER_FILE = "state-folder"
"""In a data folder that lies elsewhere: which state folder it belongs to."""

KEEP_NOTHING = KeepNothing()
START_WAIT_S = 30.0
START_ATTEMPTS_MAX = 6
STOP_STEPS = ((signal.SIGINT, 10.0), (signal.SIGQUIT, 5.0), (signal.SIGKILL, 5.0))
"""Postgres's own fast shutdown, then immediate shutdown, then force; its write-ahead log covers all three."""


@dataclass(frozen=True, repr=False)
class DatabaseUrls:
    """How each role reaches one database."""

    owner_url: str
    """For migrations: owns every table, is no superuser."""
    app_url: str
    journal_url: str


class EmbeddedPostgres:
    """One server, one data folder. `start` and `stop` may be called again and again."""

    def __init__(
        self,
        state_dir: Path,
        *,
        runtime_dir: Path | None = None,
        durable: bool = True,
        log: WriteAheadLog = KEEP_NOTHING,
        start_wait_s: float = START_WAIT_S,
    ) -> None:
        self._state_dir = state_dir.absolute()
        self._runtime_dir = runtime_dir
        self._durable = durable
        self._log = log
        self._start_wait_s = start_wait_s
        self._process: subprocess.Popen[bytes] | None = None
        self._lock = HeldLock(self._state_dir / "postgres.lock", "The embedded Postgres")
        self._secrets = load_or_create(self._state_dir)

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    @property
    def owner_url(self) -> str:
        return self.urls().owner_url

    @property
    def app_url(self) -> str:
        return self.urls().app_url

    @property
    def journal_url(self) -> str:
        return self.urls().journal_url

    @property
    def pid(self) -> int | None:
        """The server's process, or None while it does not run."""
        return self._process.pid if self._process and self._process.poll() is None else None

    @property
    def runs_elsewhere(self) -> bool:
        """Whether another process of this installation runs the server now."""
        record = ProcessBook(self._state_dir).read("postgres")
        return self.pid is None and record is not None and record.find() is not None

    @property
    def superuser_url(self) -> str:
        """For back-ups, which row-level security must not filter."""
        return self._url(SUPERUSER, self._secrets.database_superuser_password, DATABASE)

    @property
    def has_data(self) -> bool:
        """Whether there is a data folder already."""
        return self.data_folder().path.exists()

    def urls(self, database: str = DATABASE) -> DatabaseUrls:
        """Return the addresses of one database of this server, passwords included."""
        return DatabaseUrls(
            owner_url=self._url(OWNER_ROLE, self._secrets.database_owner_password, database),
            app_url=self._url(APP_ROLE, self._secrets.database_app_password, database),
            journal_url=self._url(JOURNAL_ROLE, self._secrets.database_journal_password, database),
        )

    def _url(self, role: str, password: str, database: str) -> str:
        folder = quote(str(self._socket_folder), safe="")
        return f"postgresql://{role}:{quote(password, safe='')}@/{database}?host={folder}&port={PORT}"

    def start(self) -> None:
        """Start the server and return once it accepts connections."""
        if self.pid is not None:
            return
        self._lock.take()
        try:
            self._stop_leftover()
            self._start_with_retries()
        except BaseException:
            self.stop()
            raise

    def stop(self) -> None:
        """Stop the server; open transactions are rolled back, committed ones are on disk."""
        if self._process is not None:
            if self._process.poll() is None:
                stop_process(psutil.Process(self._process.pid), steps=STOP_STEPS)
            self._process.wait()
            self._process = None
            ProcessBook(self._state_dir).forget("postgres")
        self._lock.release()

    def destroy(self) -> None:
        """Stop the server and delete its data for good."""
        self.stop()
        shutil.rmtree(self._home, ignore_errors=True)
        shutil.rmtree(self._state_dir / "postgres", ignore_errors=True)

    def run_sql(self, sql: str, *, database: str = DATABASE) -> str:
        """Run statements as the superuser, for upkeep such as making a database, and return what psql
        printed.
        """
        result = subprocess.run(
            [find_binaries(run_as()).psql, "-X", "-q", "-t", "-A", "-v", "ON_ERROR_STOP=1"],
            input=sql,
            env={
                "PGHOST": str(self._socket_folder),
                "PGPORT": str(PORT),
                "PGUSER": SUPERUSER,
                "PGDATABASE": database,
                "PGPASSWORD": self._secrets.database_superuser_password,
            },
            capture_output=True,
            text=True,
            check=False,
        )
        if result.returncode != 0:
            raise EmbeddedError(f"A statement failed: {result.stderr.strip()[-500:]}")
        return result.stdout.strip()

    @property
    def socket(self) -> Path:
        """Where it listens."""
        return self._socket_folder / f".s.PGSQL.{PORT}"

    @property
    def _socket_folder(self) -> Path:
        return (self._runtime_dir or runtime_folder(self._state_dir)) / "pg"

    @property
    def _home(self) -> Path:
        """The folder of the data: in the state folder, or, for the system user, where that user can walk
        to.
        """
        folder = private_folder(self._state_dir / "postgres")
        if run_as().uid is None:
            return folder
        pointer = folder / HOME_POINTER
        if not pointer.exists():
            place_data(self._state_dir, SHARED_ROOT / f"postgres-{randomness.token_hex(6)}")
        return Path(pointer.read_text().strip())

    def data_folder(self) -> DataFolder:
        user = run_as()
        return DataFolder(self._home, user, find_binaries(user))

    def _stop_leftover(self) -> None:
        """Stop the server that an earlier run left behind, and clear away its pid file if it names somebody
        else.
        """
        pid_file = self._home / "data" / "postmaster.pid"
        try:
            process = psutil.Process(int(pid_file.read_text().split("\n", 1)[0]))
            if process.name() == "postgres" and str(pid_file.parent) in process.cmdline():
                stop_process(process, steps=STOP_STEPS)
        except (FileNotFoundError, ValueError, psutil.NoSuchProcess):
            pass
        pid_file.unlink(missing_ok=True)

    def _start_with_retries(self) -> None:
        """Start, and try again with growing pauses: sessions of a killed server may linger on its shared
        memory.
        """
        attempts_max = 1 if isinstance(self._log, Recover) else START_ATTEMPTS_MAX
        for attempt in range(attempts_max):
            if self._try_start():
                return
            time.sleep(0.25 * 2**attempt)
        tail = "\n".join(self._log_file.read_text(errors="replace").splitlines()[-5:])
        raise EmbeddedError(f"The embedded Postgres does not start; the end of {self._log_file} says:\n{tail}")

    @property
    def _log_file(self) -> Path:
        return self._state_dir / "logs" / "postgres.log"

    def _try_start(self) -> bool:
        folder = self.data_folder()
        self._socket_folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        folder.user.give(self._socket_folder)
        folder.ensure(secrets=self._secrets, socket_folder=self._socket_folder, durable=self._durable, log=self._log)
        with open_log(self._log_file) as log:
            self._process = subprocess.Popen(
                folder.server_command(),
                cwd=folder.path,
                env={"PATH": os.defpath, "LC_ALL": "C"},
                user=folder.user.uid,
                group=folder.user.gid,
                extra_groups=None if folder.user.uid is None else [],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        ProcessBook(self._state_dir).write(ProcessRecord.of("postgres", self._process.pid))
        return self._wait_ready(self._process)

    def _wait_ready(self, process: subprocess.Popen[bytes]) -> bool:
        """Wait for the server's own word in the last line of its pid file; recovery after a crash takes a
        while.
        """
        deadline = time.monotonic() + self._start_wait_s
        while process.poll() is None:
            lines = _lines(self._home / "data" / "postmaster.pid")
            if len(lines) >= 8 and lines[0] == str(process.pid) and lines[7].strip() == "ready":
                return True
            if time.monotonic() > deadline:
                raise EmbeddedError(f"Postgres is not ready after {self._start_wait_s:.0f} s; see {self._log_file}.")
            time.sleep(0.02)
        return False


def place_data(state_dir: Path, home: Path) -> None:
    """As root and before the first start: the data of this state folder's server will lie in `home`, which is made."""
    home.mkdir(mode=0o711, parents=True)
    write_private(home / STATE_FOLDER_FILE, f"{state_dir.absolute()}\n")
    write_private(private_folder(state_dir / "postgres") / HOME_POINTER, f"{home}\n")


def _lines(path: Path) -> list[str]:
    try:
        return path.read_text().splitlines()
    except FileNotFoundError:
        return []
