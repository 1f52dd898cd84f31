"""Where an embedded server keeps what it needs: the state folder, and a short folder for its sockets.

A Unix socket's path may have 107 bytes and a state folder's path may be longer, so sockets live in a short
folder of their own. The state folder remembers which one, so that the next start finds what an earlier one
left.
"""

import contextlib
import fcntl
import os
import stat
import tempfile
from collections.abc import Iterator
from pathlib import Path

from scripts.embedded.errors import EmbeddedError

RUNTIME_PATH_BYTES_MAX = 34
"""Ray appends up to 73 bytes to it, and the sum may be 107."""


def private_folder(path: Path, *, mode: int = 0o700) -> Path:
    """Make `path` (its parents too) with exactly this mode, and refuse one that belongs to somebody else."""
    path.mkdir(parents=True, exist_ok=True, mode=0o700)
    found = path.stat()
    if found.st_uid != os.geteuid():
        raise EmbeddedError(f"{path} belongs to another user; choose another folder with STROWGER_STATE_DIR.")
    if stat.S_IMODE(found.st_mode) != mode:
        path.chmod(mode)
    return path


@contextlib.contextmanager
def exclusive(path: Path) -> Iterator[None]:
    """Wait until no other thread or process is in such a block on the same file, which is made if need be."""
    with path.open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def write_private(path: Path, content: str) -> None:
    """Replace `path` in one step by a file that only its owner can read, surviving a crash half-way."""
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}-")
    try:
        with os.fdopen(handle, "w") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        Path(temporary).replace(path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise


def runtime_folder(state_dir: Path) -> Path:
    """Return this state folder's short folder for sockets, making it on first use or after a reboot."""
    pointer = private_folder(state_dir) / "runtime_folder"
    with exclusive(state_dir / "runtime_folder.lock"):  # the servers ask for it at the same moment
        if pointer.exists():
            known = Path(pointer.read_text().strip())
            if _is_ours(known):
                return known
        made = Path(tempfile.mkdtemp(prefix="strowger-", dir=_short_base()))
        made.chmod(0o711)  # Postgres, under its own user, must reach the folder inside that is its own
        write_private(pointer, f"{made}\n")
        return made


def _is_ours(path: Path) -> bool:
    """Whether `path` is a real folder of ours that nobody else may write to: anyone can plant names in
    /tmp.
    """
    try:
        found = path.lstat()
    except OSError:
        return False
    return stat.S_ISDIR(found.st_mode) and found.st_uid == os.geteuid() and not found.st_mode & 0o022


def _short_base() -> Path:
    candidates = [tempfile.gettempdir(), "/tmp", os.environ.get("XDG_RUNTIME_DIR", "")]  # noqa: S108 - checked
    for candidate in candidates:
        short = len(f"{candidate}/strowger-12345678".encode()) <= RUNTIME_PATH_BYTES_MAX
        if candidate and short and os.access(candidate, os.W_OK | os.X_OK):
            return Path(candidate)
    raise EmbeddedError("No short writable folder for sockets was found; set TMPDIR to one such as /tmp.")
