"""The unprivileged user that Postgres runs as when the product runs as root, and the places that user can
reach.

Postgres refuses to run as root. A state folder or a virtual environment under a 0700 home is closed to
everybody else, and opening somebody's home is not ours to do: data and binaries then go where that user can
reach them.
"""

import os
import pwd
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

from scripts.embedded.errors import EmbeddedError

SYSTEM_USER = "strowger"
SHARED_ROOT = Path("/var/lib/strowger")


@dataclass(frozen=True)
class RunAs:
    """Who owns a server's files and runs it; None for both means whoever runs the product."""

    uid: int | None = None
    gid: int | None = None

    def give(self, path: Path) -> None:
        if self.uid is not None and self.gid is not None:
            os.chown(path, self.uid, self.gid)


def run_as() -> RunAs:
    """Return the user for Postgres; as root that is the system user, created where there is none."""
    if os.geteuid() != 0:
        return RunAs()
    entry = _known() or _created()
    if entry is None:
        raise EmbeddedError(
            f"Postgres refuses to run as root and the system user {SYSTEM_USER!r} could not be created: "
            f"create it with `useradd --system {SYSTEM_USER}`, run as an ordinary user, or set "
            "STROWGER_DATABASE_URL."
        )
    return RunAs(entry.pw_uid, entry.pw_gid)


def _known() -> pwd.struct_passwd | None:
    try:
        return pwd.getpwnam(SYSTEM_USER)
    except KeyError:
        return None


def _created() -> pwd.struct_passwd | None:
    tool = shutil.which("useradd")
    if tool is None:
        return None
    command = [tool, "--system", "--user-group", "--no-create-home", "--home-dir", str(SHARED_ROOT)]
    nologin = shutil.which("nologin") or "/bin/false"
    subprocess.run([*command, "--shell", nologin, SYSTEM_USER], check=False, capture_output=True)
    return _known()  # another start may have created it at the same moment: what counts is that it is there


def reachable(path: Path) -> bool:
    """Whether every user may walk to `path`: all its parents, as they really are, let others pass."""
    return all(parent.stat().st_mode & 0o001 for parent in path.resolve().parents)
