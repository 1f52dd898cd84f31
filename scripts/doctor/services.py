"""What the servers say: Postgres with its rights and schema, Redis, Ray, and whether their clock is ours."""

import asyncio
import time
from collections.abc import AsyncIterator

import redis.asyncio
import redis.exceptions

from persistence.errors import StoreError
from persistence.migrate import SERVER_VERSION_MIN, VECTOR_VERSION_MIN, owner_connection, schema_version
from persistence.migrations import SCHEMA_VERSION
from scripts.compose import DatabaseAddresses, embedded_database, embedded_postgres, named_database
from scripts.doctor.backups import look_at_archive
from scripts.doctor.check import Check, fail, ok, warn
from scripts.embedded.processes import ProcessBook
from scripts.embedded.valkey import EmbeddedValkey
from scripts.secrets_file import Secrets
from scripts.settings import Settings

CONNECT_WITHIN_S = 3.0
CLOCK_OFFSET_S_MAX = 1.0

POWERS = "select rolsuper or rolbypassrls or rolcreaterole or rolcreatedb from pg_roles where rolname = current_user"
OWNED = "select count(*) from pg_class join pg_roles on relowner = pg_roles.oid where rolname = current_user"
VECTOR = "select extversion from pg_extension where extname = 'vector'"


async def look_at_services(settings: Settings, secrets: Secrets) -> AsyncIterator[Check]:
    running = {record.name for record in ProcessBook(settings.state_dir).all() if record.find()}
    if settings.embedded_postgres and "postgres" not in running:
        yield ok("Postgres", "embedded, not running (`strowger run` starts it)")
    else:
        addresses = _database(settings, secrets)
        async for check in _postgres(addresses):
            yield check
        if settings.archive:
            yield await _archive(addresses)
    if settings.redis_url is None and "valkey" not in running:
        yield ok("Redis", "embedded, not running (`strowger run` starts it)")
    else:
        yield await _redis(settings)


def _database(settings: Settings, secrets: Secrets) -> DatabaseAddresses:
    if not settings.embedded_postgres:
        return named_database(settings, secrets)
    return embedded_database(embedded_postgres(settings))


async def _postgres(addresses: DatabaseAddresses) -> AsyncIterator[Check]:
    try:
        async with owner_connection(addresses.owner_url or addresses.app_url) as connection:
            major = connection.get_server_version().major
            vector = await connection.fetchval(VECTOR)
            offset_s = float(await connection.fetchval("select extract(epoch from clock_timestamp())")) - time.time()
    except StoreError as error:
        yield fail("Postgres", str(error), "Start the server, or correct the STROWGER_DATABASE_* addresses.")
        return
    yield _server(major)
    yield _vector(vector)
    yield _schema(await schema_version(addresses.app_url))
    yield _clock(offset_s)
    for role, url in (("application", addresses.app_url), ("journal", addresses.journal_url)):
        yield await _role(role, url)


async def _archive(addresses: DatabaseAddresses) -> Check:
    try:
        return await look_at_archive(addresses.owner_url or addresses.app_url)
    except StoreError as error:
        return fail("Archive", str(error), "Start the server.")


def _server(major: int) -> Check:
    if major < SERVER_VERSION_MIN:
        return fail("Postgres", f"version {major}", f"Use PostgreSQL {SERVER_VERSION_MIN} or newer.")
    return ok("Postgres", f"version {major}")


def _vector(found: str | None) -> Check:
    wanted = ".".join(str(part) for part in VECTOR_VERSION_MIN)
    if found is None:
        return fail("pgvector", "not in this database", "Install it, then run CREATE EXTENSION vector as a superuser.")
    if tuple(int(part) for part in found.split(".")) < VECTOR_VERSION_MIN:
        return fail("pgvector", found, f"Install {wanted} or newer, then run ALTER EXTENSION vector UPDATE.")
    return ok("pgvector", found)


def _schema(found: int) -> Check:
    if found < SCHEMA_VERSION:
        return fail("Schema", f"version {found} of {SCHEMA_VERSION}", "Run `strowger migrate`.")
    if found > SCHEMA_VERSION:
        return fail("Schema", f"version {found}, this program speaks {SCHEMA_VERSION}", "Upgrade the program.")
    return ok("Schema", f"version {found}")


def _clock(offset_s: float) -> Check:
    found = f"{offset_s:+.3f} s from the database's"
    if abs(offset_s) > CLOCK_OFFSET_S_MAX:
        return warn("Clock", found, "Deadlines are absolute times: keep both machines' clocks right with NTP.")
    return ok("Clock", found)


async def _role(role: str, url: str) -> Check:
    what = f"Role of the {role}"
    try:
        async with owner_connection(url) as connection:
            name = await connection.fetchval("select current_user")
            powerful = await connection.fetchval(POWERS)
            owned = await connection.fetchval(OWNED)
    except StoreError as error:
        return fail(what, str(error), "Run `strowger migrate`, which makes the role and sets its password.")
    if powerful or owned:
        advice = "Use a role that is no superuser, owns nothing and cannot bypass row-level security."
        return fail(what, f"{name} can do more than it should", advice)
    return ok(what, f"{name}, owns nothing, is bound by row-level security")


async def _redis(settings: Settings) -> Check:
    url = settings.redis_url.get_secret_value() if settings.redis_url else EmbeddedValkey(settings.state_dir).redis_url
    started_at_s = time.monotonic()
    try:
        async with asyncio.timeout(CONNECT_WITHIN_S), redis.asyncio.Redis.from_url(url) as client:
            await client.ping()
    except (redis.exceptions.RedisError, OSError, TimeoutError) as error:
        return fail("Redis", type(error).__name__, "Start the server, or correct STROWGER_REDIS_URL.")
    return ok("Redis", f"answered in {(time.monotonic() - started_at_s) * 1000:.1f} ms")
