"""What a back-up says of itself: which versions it needs, and a checksum for each of its files.

The server's own list of a base back-up's files is among them. `pg_verifybackup`, which reads that list, crashes in the
wheel of the embedded Postgres (even for `--version`); these sums say the same, and of every kind of back-up.
"""

from hashlib import file_digest, sha256
from pathlib import Path

import msgspec

from persistence.migrations import SCHEMA_VERSION
from scripts.backup.folders import Holds
from scripts.backup.refusals import BackupError, Code

NAME = "manifest.json"


class FileSum(msgspec.Struct, frozen=True):
    """One file of a back-up."""

    bytes: int
    sha256: str


class Manifest(msgspec.Struct, frozen=True, kw_only=True):
    """`schema`: the version of the tables. `server`: PostgreSQL's major version. `vault_key`: a fingerprint of the key
    that wraps all others, by which keys are known to fit; it tells nothing of the key.
    """

    holds: Holds
    made_at: str
    program: str
    schema: int
    server: int
    vault_key: str
    files: dict[str, FileSum] = {}


def fingerprint(key: str) -> str:
    """A name for a random key."""
    return sha256(f"strowger {key.lower()}".encode()).hexdigest()[:16]


def write_manifest(folder: Path, manifest: Manifest) -> None:
    """Sum up what lies in the folder, and say so in a file beside it."""
    found = sorted(path for path in folder.rglob("*") if path.is_file())
    files = {str(path.relative_to(folder)): _sum(path) for path in found}
    whole = msgspec.structs.replace(manifest, files=files)
    (folder / NAME).write_bytes(msgspec.json.format(msgspec.json.encode(whole)) + b"\n")


def checked_manifest(folder: Path, holds: Holds) -> Manifest:
    """Read it and hold every file against its sum. Raises `BackupError`."""
    try:
        manifest = msgspec.json.decode((folder / NAME).read_bytes(), type=Manifest)
    except FileNotFoundError:
        raise BackupError(Code.NO_BACKUP, f"{folder} is no back-up: it has no {NAME}.") from None
    except msgspec.MsgspecError:
        raise BackupError(Code.DAMAGED, f"{folder / NAME} cannot be read; use another back-up.") from None
    if manifest.holds is not holds:
        raise BackupError(Code.NO_BACKUP, f"{folder} holds {manifest.holds.value}, not {holds.value}.")
    for name, expected in manifest.files.items():
        if not (folder / name).is_file() or _sum(folder / name) != expected:
            raise BackupError(Code.DAMAGED, f"{folder / name} is not as it was written; use another back-up.")
    if manifest.schema > SCHEMA_VERSION:
        raise BackupError(
            Code.VERSIONS_DO_NOT_FIT,
            f"{folder} has schema {manifest.schema}, this program speaks {SCHEMA_VERSION}: restore it with program "
            f"{manifest.program} or newer.",
        )
    return manifest


def _sum(path: Path) -> FileSum:
    with path.open("rb") as file:
        return FileSum(path.stat().st_size, file_digest(file, "sha256").hexdigest())
