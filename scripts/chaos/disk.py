"""A small disk for a Postgres: a memory file system that can be filled to the last byte."""

import contextlib
import os
import secrets
import shutil
import subprocess
from pathlib import Path
from typing import Self

from scripts.embedded.errors import EmbeddedError
from scripts.embedded.postgres import place_data
from scripts.embedded.system_user import SHARED_ROOT

DISK_BYTES = 640 * 1024 * 1024
"""Room for what Postgres keeps as its write-ahead log at the most (512 MB), and for some data."""
BLOCKS_BYTES = (1024 * 1024, 4096)
"""Filled in large blocks first, then in those that a file system deals in."""


def why_no_disk() -> str | None:
    """Why this machine cannot have one, in a sentence."""
    if os.geteuid() != 0:
        return "Only root may mount a small disk for Postgres."
    if shutil.which("mount") is None:
        return "There is no `mount` here to make a small disk for Postgres with."
    return None


class SmallDisk:
    """Mounted while entered. The data of the state folder's Postgres, not made yet, will lie on it."""

    def __init__(self, state_dir: Path) -> None:
        self._state_dir = state_dir
        self._path = SHARED_ROOT / f"chaos-{secrets.token_hex(6)}"

    def __enter__(self) -> Self:
        self._path.mkdir(mode=0o711, parents=True)
        done = _run("mount", "-t", "tmpfs", "-o", f"size={DISK_BYTES},mode=0711", "tmpfs", str(self._path))
        if done:
            self._path.rmdir()
            raise EmbeddedError(f"The small disk for Postgres could not be mounted: {done}")
        place_data(self._state_dir, self._path / "postgres")
        return self

    def __exit__(self, *_: object) -> None:
        _run("umount", str(self._path))
        with contextlib.suppress(OSError):
            self._path.rmdir()

    def fill(self) -> None:
        """Leave no byte free."""
        with self._ballast.open("ab", buffering=0) as file:
            for size in BLOCKS_BYTES:
                with contextlib.suppress(OSError):
                    while True:
                        file.write(bytes(size))

    def free(self) -> None:
        self._ballast.unlink(missing_ok=True)

    @property
    def _ballast(self) -> Path:
        return self._path / "ballast"


def _run(*command: str) -> str:
    """What it complained of; empty if it worked."""
    result = subprocess.run(command, capture_output=True, text=True, check=False)
    return result.stderr.strip() or f"status {result.returncode}" if result.returncode else ""
