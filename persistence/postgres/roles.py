"""The two roles that a running house uses. They own nothing and no policy lets them by.

Passwords reach the server as SCRAM verifiers, so that no statement log ever holds one.
"""

import base64
import hashlib
import hmac
import secrets
import unicodedata

import asyncpg

from persistence.errors import MigrationError

APP_ROLE = "strowger_app"
JOURNAL_ROLE = "strowger_journal"

_SCRAM_ITERATIONS = 4096
_POWERS = {
    "rolsuper": "SUPERUSER",
    "rolbypassrls": "BYPASSRLS",
    "rolcreatedb": "CREATEDB",
    "rolcreaterole": "CREATEROLE",
}


async def ensure_role(connection: "asyncpg.Connection[asyncpg.Record]", role: str, password: str) -> None:
    """Create `role` if there is none, refuse it if it can do more than it should, and set its password."""
    owner = await connection.fetchval("select current_user")
    try:
        found = await connection.fetchrow("select * from pg_roles where rolname = $1", role)
        if found is None:
            await _create(connection, role)
        else:
            _refuse_powers(role, [power for column, power in _POWERS.items() if found[column]])
        # A verifier holds letters, digits and `+/=$:-` only, so it needs no quoting.
        await connection.execute(f"alter role {role} with login password '{scram_verifier(password)}'")
    except asyncpg.InsufficientPrivilegeError:
        raise MigrationError(
            f"The role {owner!r} may not create {role!r} or set its password: grant it CREATEROLE, and "
            f"ADMIN OPTION on {role!r} if that role exists already."
        ) from None


async def _create(connection: "asyncpg.Connection[asyncpg.Record]", role: str) -> None:
    try:
        await connection.execute(
            f"create role {role} login nosuperuser nobypassrls nocreatedb nocreaterole noreplication"
        )
    except (asyncpg.DuplicateObjectError, asyncpg.UniqueViolationError):
        # Roles belong to the whole server: another database of it is being migrated at this moment.
        return


def _refuse_powers(role: str, powers: list[str]) -> None:
    if powers:
        raise MigrationError(
            f"The role {role!r} is {', '.join(powers)}, which would void row-level security: "
            f"ALTER ROLE {role} {' '.join(f'NO{power}' for power in powers)}."
        )


def scram_verifier(password: str) -> str:
    """What Postgres stores for a password (RFC 5803), made here so that the password itself never travels."""
    prepared = unicodedata.normalize("NFKC", password).encode()
    salt = secrets.token_bytes(16)
    salted = hashlib.pbkdf2_hmac("sha256", prepared, salt, _SCRAM_ITERATIONS)
    stored_key = hashlib.sha256(hmac.digest(salted, b"Client Key", "sha256")).digest()
    server_key = hmac.digest(salted, b"Server Key", "sha256")
    parts = [base64.b64encode(part).decode() for part in (salt, stored_key, server_key)]
    return f"SCRAM-SHA-256${_SCRAM_ITERATIONS}:{parts[0]}${parts[1]}:{parts[2]}"
