"""The secrets that an installation makes for itself, once, in `secrets.json` (0600) of its state folder.

In production any of them comes from the environment instead (see `settings`); the file only fills the gaps.
"""

import json
import secrets
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path

from scripts.embedded.errors import EmbeddedError
from scripts.embedded.places import exclusive, private_folder, write_private


def _key() -> str:
    return secrets.token_hex(32)


def _password() -> str:
    return secrets.token_urlsafe(24)


@dataclass(frozen=True, repr=False)
class Secrets:
    """Random values that must survive restarts: losing the vault key loses every name and number."""

    cluster_secret: str = field(default_factory=_key)
    vault_key: str = field(default_factory=_key)
    hash_key: str = field(default_factory=_key)
    database_superuser_password: str = field(default_factory=_password)
    database_owner_password: str = field(default_factory=_password)
    database_app_password: str = field(default_factory=_password)
    database_journal_password: str = field(default_factory=_password)
    redis_password: str = field(default_factory=_password)
    ray_token: str = field(default_factory=_key)


def load_or_create(state_dir: Path) -> Secrets:
    """Read the state folder's secrets; make what is missing, exactly once even when two processes start
    together.
    """
    path = private_folder(state_dir) / "secrets.json"
    with exclusive(state_dir / "secrets.lock"):
        known = _read(path) if path.exists() else {}
        made = Secrets(**known)
        if asdict(made) != known:
            write_private(path, json.dumps(asdict(made), indent=2) + "\n")
        return made


def replace_keys(state_dir: Path, keys: dict[str, str]) -> None:
    """Put the keys of a back-up in the place of those that this folder has made, which are kept in a file beside."""
    path = state_dir / "secrets.json"
    made = asdict(load_or_create(state_dir))
    if made | keys != made:
        write_private(path.with_name("secrets.before-restore.json"), path.read_text())
        write_private(path, json.dumps(made | keys, indent=2) + "\n")


def _read(path: Path) -> dict[str, str]:
    try:
        found = json.loads(path.read_text())
    except ValueError:
        raise EmbeddedError(f"{path} is damaged; restore it from a backup, it holds the vault's key.") from None
    names = {item.name for item in fields(Secrets)}
    return {name: value for name, value in found.items() if name in names and isinstance(value, str)}
