"""Restoring a back-up of the data, with the newest keys that there are: erasures since then are in their ledger."""

import asyncio
import json
from dataclasses import dataclass
from pathlib import Path

from persistence.migrate import ensure_roles, migrate
from persistence.restored import Persons, leap_epochs, settle_persons
from scripts.backup.folders import Holds, newest_of
from scripts.backup.make import DATA_FILE, INSTALLATION_KEYS_FILE, KEYS_FILE, Step
from scripts.backup.manifest import Manifest, checked_manifest
from scripts.backup.refusals import BackupError, Code
from scripts.backup.tools import PostgresTools, Say
from scripts.compose import DatabaseAddresses

RESTORE = ("--exit-on-error", "--single-transaction", "--no-owner", "--no-comments")


@dataclass(frozen=True, repr=False)
class Keys:
    """A back-up of keys that was found to be whole."""

    folder: Path
    manifest: Manifest

    @property
    def file(self) -> Path:
        return self.folder / KEYS_FILE

    @property
    def installation_keys(self) -> dict[str, str]:
        """Those that the installation had made for itself; empty where settings brought them."""
        file = self.folder / INSTALLATION_KEYS_FILE
        return dict(json.loads(file.read_bytes())) if file.exists() else {}


@dataclass(frozen=True, repr=False)
class Data:
    """A back-up of data that was found to be whole."""

    folder: Path
    manifest: Manifest


def find_data(folder: Path) -> Data:
    """The newest back-up in a folder, or the folder itself if it is one. Raises `BackupError`."""
    found = newest_of(folder, Holds.DATA)
    return Data(found, checked_manifest(found, Holds.DATA))


def find_keys(folder: Path) -> Keys:
    """The newest keys in a folder, or the folder itself if it holds some. Raises `BackupError`."""
    found = newest_of(folder, Holds.KEYS)
    return Keys(found, checked_manifest(found, Holds.KEYS))


def refuse_misfits(data: Data, keys: Keys) -> None:
    """Refuse data and keys that do not belong together. Raises `BackupError`."""
    if data.manifest.vault_key != keys.manifest.vault_key:
        raise BackupError(
            Code.KEYS_DO_NOT_FIT,
            f"{keys.folder} was made under another vault key than {data.folder}: name the keys that belong to it with "
            "--keys.",
        )


def restore_dump(data: Data, keys: Keys, addresses: DatabaseAddresses, tools: PostgresTools, step: Step) -> Persons:
    """Fill an empty database. Row-level security begins when all rows are in.

    Raises `BackupError`, `StoreError`.
    """
    url = addresses.owner_url
    if url is None:
        raise BackupError(Code.NO_ROLE, "STROWGER_DATABASE_URL is missing: a restore makes tables, as their owner.")
    dump = data.folder / DATA_FILE
    with step("Data") as say:
        asyncio.run(ensure_roles(url, addresses.app_password, addresses.journal_password))
        tools.run("pg_restore", *RESTORE, "--section=pre-data", "--section=data", dump, url=url, say=say)
    with step("Keys") as say:
        load_keys(url, keys.file, tools, say)
    with step("Indexes and rules") as say:
        tools.run("pg_restore", *RESTORE, "--section=post-data", dump, url=url, say=say)
    return settle(addresses, step)


def load_keys(url: str, file: Path, tools: PostgresTools, say: Say) -> None:
    """Put saved keys into their empty tables."""
    tools.run("pg_restore", *RESTORE, "--data-only", file, url=url, say=say)


def settle(addresses: DatabaseAddresses, step: Step) -> Persons:
    """What every restored database needs before a house may run on it. Raises `StoreError`."""
    assert addresses.owner_url is not None
    with step("Migrations") as say:
        passwords = {"app_password": addresses.app_password, "journal_password": addresses.journal_password}
        asyncio.run(migrate(addresses.owner_url, **passwords, on_step=say))
    with step("Erasures and epochs"):
        asyncio.run(leap_epochs(addresses.owner_url))
        return asyncio.run(settle_persons(addresses.app_url))
