"""Where a restore goes: an installation without data, that nobody uses meanwhile."""

from collections.abc import Iterator
from contextlib import contextmanager

from scripts.backup.manifest import Manifest, fingerprint
from scripts.backup.refusals import BackupError, Code
from scripts.embedded.errors import EmbeddedError
from scripts.embedded.locks import HeldLock
from scripts.embedded.postgres import EmbeddedPostgres
from scripts.secrets_file import load_or_create, replace_keys
from scripts.settings import Settings


@contextmanager
def alone(settings: Settings) -> Iterator[None]:
    """Keep the house from starting while this lasts. Raises `BackupError` where it runs."""
    lock = HeldLock(settings.state_dir / "run.lock", "Strowger")
    try:
        lock.take()
    except EmbeddedError as error:
        raise BackupError(Code.HOUSE_RUNNING, str(error)) from None
    try:
        if settings.embedded_postgres and EmbeddedPostgres(settings.state_dir).runs_elsewhere:
            raise BackupError(Code.HOUSE_RUNNING, f"Another command uses the database in {settings.state_dir}.")
        yield
    finally:
        lock.release()


def refuse_data(settings: Settings) -> None:
    """Refuse a state folder that holds a database. Raises `BackupError`."""
    if EmbeddedPostgres(settings.state_dir).has_data:
        raise BackupError(
            Code.TARGET_NOT_EMPTY,
            f"{settings.state_dir} holds a database already, and a restore overwrites nothing: choose another folder "
            "with --state-dir.",
        )


def bring_keys(settings: Settings, keys: Manifest, installation_keys: dict[str, str]) -> None:
    """Let the installation have the keys under which the back-up was made. Raises `BackupError`."""
    if settings.vault_key is not None:
        given = settings.vault_key.get_secret_value()
    elif installation_keys:
        replace_keys(settings.state_dir, installation_keys)
        return
    else:
        given = load_or_create(settings.state_dir).vault_key
    if fingerprint(given) != keys.vault_key:
        raise BackupError(
            Code.KEYS_DO_NOT_FIT,
            "STROWGER_VAULT_KEY is not the key under which this back-up was made: nobody in it could be read.",
        )
