"""Bring a database to this program's schema. Safe to run again, and by several processes at once.

Runs as the owner of the tables with `row_security = off`: a statement that a policy would have filtered fails
loudly instead of changing nothing.
"""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import asyncpg

from persistence.errors import MigrationError
from persistence.migrations import MIGRATIONS, SCHEMA_VERSION, Migration
from persistence.postgres.connect import Limits, connection_options
from persistence.postgres.failures import DRIVER_ERRORS, as_store_error
from persistence.postgres.roles import APP_ROLE, JOURNAL_ROLE, ensure_role

SERVER_VERSION_MIN = 16
VECTOR_VERSION_MIN = (0, 8, 4)
MONTHS_AHEAD = 3
"""How many months' journal tables are made in advance; later months fall into the default one until made."""

_LOCK_ID = 0x5354_524F_5747_4552  # "STROWGER": whoever migrates this database holds it
_LIMITS = Limits(lock_timeout_ms=10_000, statement_timeout_ms=600_000, answer_timeout_s=660.0)


async def migrate(
    owner_url: str,
    *,
    app_password: str,
    journal_password: str,
    on_step: Callable[[str], None] | None = None,
) -> list[str]:
    """Apply what is missing and return the names of the migrations that were applied now.

    Raises `MigrationError` with what to do, `StoreUnavailableError` if the database cannot be reached.
    """
    say = on_step or (lambda _step: None)
    async with owner_connection(owner_url, row_security="off") as connection:
        await _check_server(connection)
        say("waiting for another migration to finish")
        async with _alone(connection):
            await _ensure_vector(connection)
            await ensure_role(connection, APP_ROLE, app_password)
            await ensure_role(connection, JOURNAL_ROLE, journal_password)
            applied = [await _apply(connection, migration, say) for migration in await _pending(connection)]
            say("making the journal's coming months")
            await connection.fetch("select journal_make_months($1)", MONTHS_AHEAD)
            return applied


async def ensure_roles(owner_url: str, app_password: str, journal_password: str) -> None:
    """Make the two roles that the rules of a schema name, for a database that is about to be restored.

    Raises `MigrationError` with what to do, `StoreUnavailableError` if the database cannot be reached.
    """
    async with owner_connection(owner_url) as connection:
        await ensure_role(connection, APP_ROLE, app_password)
        await ensure_role(connection, JOURNAL_ROLE, journal_password)


async def schema_version(url: str) -> int:
    """The version of the schema that a database has; 0 if it has none. Any of the roles may ask."""
    async with owner_connection(url) as connection:
        return await _version(connection)


@asynccontextmanager
async def owner_connection(url: str, **settings: str) -> AsyncIterator["asyncpg.Connection[asyncpg.Record]"]:
    """A connection for upkeep, closed at the end, its errors told in the words of `persistence.errors`."""
    try:
        connection = await asyncpg.connect(url, **connection_options(_LIMITS, **settings))
        try:
            yield connection
        finally:
            await connection.close(timeout=_LIMITS.connect_timeout_s)
    except DRIVER_ERRORS as error:
        raise as_store_error(error) from None


@asynccontextmanager
async def _alone(connection: "asyncpg.Connection[asyncpg.Record]") -> AsyncIterator[None]:
    # Waits as long as the other one needs; it is the same work, and then nothing is left to do.
    await connection.execute("set lock_timeout = 0")
    await connection.execute("select pg_advisory_lock($1)", _LOCK_ID)
    await connection.execute(f"set lock_timeout = {_LIMITS.lock_timeout_ms}")
    try:
        yield
    finally:
        if not connection.is_closed():
            await connection.execute("select pg_advisory_unlock($1)", _LOCK_ID)


async def _check_server(connection: "asyncpg.Connection[asyncpg.Record]") -> None:
    found = connection.get_server_version().major
    if found < SERVER_VERSION_MIN:
        raise MigrationError(f"The server is PostgreSQL {found}: use {SERVER_VERSION_MIN} or newer.")


async def _ensure_vector(connection: "asyncpg.Connection[asyncpg.Record]") -> None:
    owner = await connection.fetchval("select current_user")
    try:
        await connection.execute("create extension if not exists vector")
    except asyncpg.InsufficientPrivilegeError:
        raise MigrationError(
            f"The role {owner!r} may not install pgvector: run CREATE EXTENSION vector as a superuser, once."
        ) from None
    except (asyncpg.UndefinedFileError, asyncpg.FeatureNotSupportedError):
        raise MigrationError("The server has no pgvector: install its package (0.8.4 or newer).") from None
    found = await connection.fetchval("select extversion from pg_extension where extname = 'vector'")
    if tuple(int(part) for part in found.split(".")) < VECTOR_VERSION_MIN:
        wanted = ".".join(str(part) for part in VECTOR_VERSION_MIN)
        raise MigrationError(
            f"The database has pgvector {found}: install {wanted} or newer, then run ALTER EXTENSION vector UPDATE."
        )


async def _pending(connection: "asyncpg.Connection[asyncpg.Record]") -> list[Migration]:
    version = await _version(connection)
    if version > SCHEMA_VERSION:
        raise MigrationError(
            f"The database has schema {version}, this program speaks {SCHEMA_VERSION}: upgrade the program."
        )
    if version == 0:
        await connection.execute(
            "create table if not exists schema_version ("
            " version integer primary key, name text not null, applied_at timestamptz not null default now())"
        )
    return [migration for migration in MIGRATIONS if migration.version > version]


async def _version(connection: "asyncpg.Connection[asyncpg.Record]") -> int:
    if await connection.fetchval("select to_regclass('schema_version') is null"):
        return 0
    found: int = await connection.fetchval("select coalesce(max(version), 0) from schema_version")
    return found


async def _apply(
    connection: "asyncpg.Connection[asyncpg.Record]", migration: Migration, say: Callable[[str], None]
) -> str:
    say(f"applying {migration.name}")
    try:
        async with connection.transaction():
            await connection.execute(migration.statements)
            await connection.execute(
                "insert into schema_version (version, name) values ($1, $2)",
                migration.version,
                migration.name,
            )
    except asyncpg.InsufficientPrivilegeError:
        owner = await connection.fetchval("select current_user")
        raise MigrationError(
            f"The role {owner!r} may not do what {migration.name} does: let it own the database and every table in it."
        ) from None
    except asyncpg.PostgresError as error:
        raise MigrationError(f"{migration.name} failed with SQLSTATE {error.sqlstate}: see the server's log.") from None
    return migration.name
