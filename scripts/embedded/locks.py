"""One holder at a time, for as long as it lives: the kernel lets go of the lock when its process dies,
however it dies.
"""

import fcntl
import os
from pathlib import Path

from scripts.embedded.errors import EmbeddedError
from scripts.embedded.places import private_folder


class HeldLock:
    """A lock on a file that says who holds it.

    lock = HeldLock(state_dir / "run.lock", "Strowger")
    lock.take()
    """

    def __init__(self, path: Path, what: str) -> None:
        self._path = path
        self._what = what
        self._handle: int | None = None

    def take(self) -> None:
        """Take the lock, or refuse by naming the process that holds it."""
        if self._handle is not None:
            return
        private_folder(self._path.parent)
        handle = os.open(self._path, os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            holder = os.pread(handle, 20, 0).decode().strip() or "unknown"
            os.close(handle)
            raise EmbeddedError(
                f"{self._what} runs already in {self._path.parent} (process {holder}); stop it first, or "
                "choose another folder with STROWGER_STATE_DIR."
            ) from None
        os.ftruncate(handle, 0)
        os.pwrite(handle, f"{os.getpid()}\n".encode(), 0)
        self._handle = handle

    def release(self) -> None:
        if self._handle is not None:
            os.close(self._handle)
            self._handle = None
