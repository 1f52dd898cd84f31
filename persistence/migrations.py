"""The plain-SQL migrations that came with this program, in order."""

import re
from importlib.resources import files

import msgspec

from persistence import sql

_NAME = re.compile(r"^(\d{4})_[a-z0-9_]+\.sql$")


class Migration(msgspec.Struct, frozen=True):
    """One step of the schema: applied once, in one transaction, and never changed after a release."""

    version: int
    name: str
    statements: str


def _load() -> tuple[Migration, ...]:
    found = sorted(files(sql).joinpath("migrations").iterdir(), key=lambda file: file.name)
    loaded = tuple(
        Migration(int(match[1]), file.name.removesuffix(".sql"), file.read_text(encoding="utf-8"))
        for file in found
        if (match := _NAME.match(file.name))
    )
    if [migration.version for migration in loaded] != list(range(1, len(loaded) + 1)):
        raise RuntimeError("The migrations are not numbered 0001, 0002, ... without a gap: reinstall the program.")
    return loaded


MIGRATIONS = _load()

SCHEMA_VERSION = MIGRATIONS[-1].version
"""The version of the schema that this program speaks."""
