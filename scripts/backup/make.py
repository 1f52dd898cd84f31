"""Making back-ups. The data come first and the keys after them, so that no person in the data lacks a key."""

import importlib.metadata
import json
import re
import shutil
import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import msgspec

from scripts.backup.folders import Holds, all_bases, all_of, forget_older, making
from scripts.backup.manifest import Manifest, fingerprint, write_manifest
from scripts.backup.tools import PostgresTools, Say, size_of
from scripts.embedded.places import write_private
from scripts.embedded.write_ahead_log import SEGMENTS

DATA_FILE = "data.dump"
KEYS_FILE = "keys.dump"
INSTALLATION_KEYS_FILE = "installation.json"
"""The keys that the installation made for itself; absent where the settings bring their own."""

Step = Callable[[str], AbstractContextManager[Say]]


class Made(msgspec.Struct, frozen=True):
    """One back-up that was made: where, how large, how long it took."""

    holds: str
    folder: str
    bytes: int
    seconds: float


@dataclass(frozen=True, repr=False)
class Source:
    """What is backed up. `url`: as a role that row-level security does not filter."""

    url: str
    schema: int
    server: int
    vault_key: str
    installation_keys: dict[str, str]

    def manifest(self, holds: Holds, now: datetime) -> Manifest:
        return Manifest(
            holds=holds,
            made_at=now.isoformat(timespec="seconds"),
            program=importlib.metadata.version("strowger"),
            schema=self.schema,
            server=self.server,
            vault_key=fingerprint(self.vault_key),
        )


def back_up_data(source: Source, folder: Path, tools: PostgresTools, step: Step) -> Made:
    """Everything but the rows of the keys' schema, as of one moment. Raises `BackupError`."""
    now, began_s = datetime.now(UTC), time.monotonic()
    with making(folder, Holds.DATA, now) as building, step("Data") as say:
        file = building / DATA_FILE
        without_keys = ("--exclude-table-data", "keyring.*")
        tools.run("pg_dump", "--format=custom", *without_keys, "--file", file, url=source.url, say=say, growing=file)
        write_manifest(building, source.manifest(Holds.DATA, now))
    return _made(Holds.DATA, all_of(folder, Holds.DATA)[-1], began_s)


def back_up_keys(source: Source, folder: Path, tools: PostgresTools, step: Step) -> Made:
    """Each person's key, the ledger of erasures, and the installation's own keys. Raises `BackupError`."""
    now, began_s = datetime.now(UTC), time.monotonic()
    with making(folder, Holds.KEYS, now) as building, step("Keys") as say:
        save_keys(source.url, building / KEYS_FILE, tools, say)
        if source.installation_keys:
            write_private(building / INSTALLATION_KEYS_FILE, json.dumps(source.installation_keys, indent=2) + "\n")
        write_manifest(building, source.manifest(Holds.KEYS, now))
    return _made(Holds.KEYS, all_of(folder, Holds.KEYS)[-1], began_s)


def save_keys(url: str, file: Path, tools: PostgresTools, say: Say | None = None) -> None:
    """The rows of the keys' schema as they are now."""
    tools.run("pg_dump", "--format=custom", "--data-only", "--schema=keyring", "--file", file, url=url, say=say)


def back_up_base(source: Source, archive: Path, tools: PostgresTools, step: Step) -> Made:
    """The server's files, into its place in an archive, which continues them. Raises `BackupError`."""
    began_s = time.monotonic()
    with making(archive, Holds.BASE, datetime.now(UTC)) as building, step("Base of the archive") as say:
        files = building / "files"
        tools.run("pg_basebackup", "--pgdata", files, "--checkpoint=fast", url=source.url, say=say, growing=files)
        write_manifest(building, source.manifest(Holds.BASE, datetime.now(UTC)))
    return _made(Holds.BASE, all_of(archive, Holds.BASE)[-1], began_s)


def forget_old_keys(keys_dir: Path, days: int, tools: PostgresTools) -> list[Path]:
    """Remove what holds keys and is older, but never the newest; says what.

    Segments go that no base is left to need: those of a server whose last base is gone, all of them.
    """
    now = datetime.now(UTC)
    gone = forget_older(all_of(keys_dir, Holds.KEYS), days=days, now=now)
    bases = forget_older(all_bases(keys_dir), days=days, now=now)
    for archive in sorted({base.parent for base in bases}):
        kept = all_of(archive, Holds.BASE)
        if kept:
            needed = first_segment(kept[0])
            tools.run("pg_archivecleanup", "--strip-extension=.gz", archive / SEGMENTS, needed)
        else:
            shutil.rmtree(archive)
    return gone + bases


def first_segment(base: Path) -> str:
    """The first file of the write-ahead log that a base back-up needs."""
    label = (base / "files" / "backup_label").read_text()
    found = re.search(r"^START WAL LOCATION: .*\(file ([0-9A-F]{24})\)$", label, re.MULTILINE)
    assert found is not None, "pg_basebackup has written no label"
    return found[1]


def needed_segments(base: Path) -> list[Path]:
    """The archived files that continue a base back-up: its own segment, all later ones, and what tells of timelines."""
    first = first_segment(base)
    found = sorted((base.parent / SEGMENTS).glob("*.gz"))
    return [path for path in found if path.name >= first or path.name.endswith(".history.gz")]


def _made(holds: Holds, folder: Path, began_s: float) -> Made:
    return Made(holds.value, str(folder), size_of(folder), round(time.monotonic() - began_s, 2))
