"""Postgres's own tools, run with a progress of their own: how much lies on disk by now."""

import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote, urlsplit, urlunsplit

from scripts.backup.refusals import BackupError, Code
from scripts.embedded.errors import EmbeddedError
from scripts.embedded.postgres_binaries import find_binaries
from scripts.embedded.system_user import RunAs

Say = Callable[[str], None]

SAY_EVERY_S = 2.0
LOOK_EVERY_S = 0.05
MISMATCH = ("server version mismatch", "unsupported version")


@dataclass(frozen=True)
class PostgresTools:
    """Where they are; None: wherever the search path finds them."""

    folder: Path | None

    @classmethod
    def find(cls) -> "PostgresTools":
        """Those of the embedded Postgres, else the machine's own."""
        try:
            return cls(find_binaries(RunAs()).folder)
        except EmbeddedError:
            return cls(None)

    def run(
        self,
        name: str,
        *arguments: str | Path,
        url: str | None = None,
        say: Say | None = None,
        growing: Path | None = None,
    ) -> str:
        """Run one to its end and return what it printed. `growing`: whose size tells how far it is.

        The address goes without its password, which other users could read off the command line. Raises `BackupError`.
        """
        program = shutil.which(name, path=str(self.folder) if self.folder else None)
        if program is None:
            raise BackupError(Code.NO_TOOL, f"{name} is not installed here: install PostgreSQL's client programs.")
        command: list[str | Path] = [program, *(["--dbname", _without_password(url)] if url else []), *arguments]
        environment = {"PATH": os.environ.get("PATH", os.defpath), "LC_ALL": "C"}
        if url:
            environment["PGPASSWORD"] = unquote(urlsplit(url).password or "")
        with tempfile.TemporaryFile("w+") as printed, tempfile.TemporaryFile("w+") as complaints:
            process = subprocess.Popen(command, env=environment, stdout=printed, stderr=complaints)
            _watch(process, say, growing)
            complaints.seek(0)
            printed.seek(0)
            if process.returncode:
                raise _failure(name, complaints.read())
            return printed.read()


def _watch(process: "subprocess.Popen[bytes]", say: Say | None, growing: Path | None) -> None:
    said_at_s = time.monotonic()
    try:
        while process.poll() is None:
            time.sleep(LOOK_EVERY_S)
            if say is not None and growing is not None and time.monotonic() - said_at_s >= SAY_EVERY_S:
                said_at_s = time.monotonic()
                say(in_words(size_of(growing)))
    finally:
        if process.poll() is None:
            process.terminate()
            process.wait()


def size_of(path: Path) -> int:
    """Bytes of a file, or of all files in a folder."""
    if path.is_dir():
        return sum(size_of(inner) for inner in path.iterdir())
    try:
        return path.lstat().st_size
    except FileNotFoundError:  # a server that writes on removes and renames
        return 0


def in_words(count: int) -> str:
    return f"{count / 1_000_000:.1f} MB"


def _without_password(url: str) -> str:
    parts = urlsplit(url)
    user, place = parts.username or "", parts.netloc.rpartition("@")[2]
    return urlunsplit(parts._replace(netloc=f"{user}@{place}"))


def _failure(name: str, complaints: str) -> BackupError:
    code = Code.VERSIONS_DO_NOT_FIT if any(words in complaints for words in MISMATCH) else Code.TOOL_FAILED
    last = " ".join(complaints.split())[-400:]
    return BackupError(code, f"{name} said: {last}")
