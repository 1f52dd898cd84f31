"""A process of ours: told what it needs through standard input, logged to a file, recorded so that it can be found.

Nothing secret is ever in its arguments or environment: every user of the machine can read those.
"""

import asyncio
import contextlib
import os
import subprocess
import sys
from pathlib import Path

from scripts.embedded.errors import EmbeddedError
from scripts.embedded.logfiles import open_log
from scripts.embedded.processes import ProcessBook, ProcessRecord, stop_session
from scripts.settings import CHECKOUT


class Child:
    """`strowger <arguments>` as a process with a session of its own, so that Ctrl-C reaches only the supervisor."""

    def __init__(self, name: str, arguments: list[str], *, state_dir: Path, told: bytes) -> None:
        self.name = name
        self._arguments = arguments
        self._told = told
        self._state_dir = state_dir
        self._book = ProcessBook(state_dir)
        self._process: asyncio.subprocess.Process | None = None

    @property
    def log_file(self) -> Path:
        """What it prints; its structured log is beside it."""
        return self._state_dir / "logs" / f"{self.name}.out"

    async def start(self, environment: dict[str, str] | None = None) -> None:
        """Start it; `environment` is added to what the supervisor has, less all settings."""
        inherited = {k: v for k, v in os.environ.items() if not k.startswith(("RAY_", "STROWGER_"))}
        with open_log(self.log_file) as log:
            self._process = await asyncio.create_subprocess_exec(
                *(sys.executable, "-m", "scripts.cli", *self._arguments),
                cwd=CHECKOUT,
                env={**inherited, **(environment or {})},
                stdin=subprocess.PIPE,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        self._book.write(ProcessRecord.of(self.name, self._process.pid))
        if self._process.stdin is not None:
            with contextlib.suppress(BrokenPipeError, ConnectionResetError):  # its log says why it ended so early
                self._process.stdin.write(self._told)
                await self._process.stdin.drain()
            self._process.stdin.close()

    async def wait(self) -> int:
        """Wait until it ends and return its exit status."""
        if self._process is None:
            return 0
        status = await self._process.wait()
        self._book.forget(self.name)
        return status

    async def stop(self, *, wait_s: float) -> None:
        """Stop it with everything that it started: politely, and by force after `wait_s`."""
        if self._process is None:
            return
        if self._process.returncode is None:
            record = self._book.read(self.name)
            if record is not None:
                await asyncio.to_thread(stop_session, record, wait_s=wait_s)
        await self.wait()

    async def run_to_end(self, environment: dict[str, str], *, limit_s: float) -> None:
        """Run it as one step of a start. Raises `EmbeddedError` with the end of its log if it fails."""
        await self.start(environment)
        try:
            async with asyncio.timeout(limit_s):
                status = await self.wait()
        except TimeoutError:
            raise EmbeddedError(f"{self.name} did not finish within {limit_s:.0f} s; see {self.log_file}.") from None
        finally:
            await self.stop(wait_s=1)
        if status != 0:
            raise EmbeddedError(f"{self.name} failed; the end of {self.log_file} says:\n{self.log_tail()}")

    def log_tail(self, lines_max: int = 5) -> str:
        with contextlib.suppress(FileNotFoundError):
            return "\n".join(self.log_file.read_text(errors="replace").splitlines()[-lines_max:])
        return ""
