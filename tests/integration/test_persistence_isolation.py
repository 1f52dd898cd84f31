"""No tenant reaches another's rows through the application's role, and the journal's role reaches nothing else."""

from collections.abc import AsyncIterator

import asyncpg
import pytest

from persistence.accounts import Account
from persistence.errors import StoreError
from persistence.journal import Entry, Kind, Snapshot
from persistence.notes import SealedNote
from persistence.postgres.accounts import PostgresAccounts
from persistence.postgres.journal import PostgresJournal
from persistence.postgres.notes import PostgresNotes
from persistence.postgres.pool import Pool, open_pool, tenant_transaction
from persistence.postgres.projections import PostgresProjections
from persistence.postgres.sessions import PostgresSessions
from persistence.postgres.tenants import PostgresTenants
from persistence.postgres.vault import PostgresVault
from persistence.projections import CallRecord, WrapUpRecord
from persistence.tenants import Tenant
from persistence.vault import NewSubject
from scripts.embedded.postgres import DatabaseUrls

pytestmark = pytest.mark.integration

TENANT_TABLES = (
    "journal",
    "call_record",
    "wrap_up_record",
    "projection_checkpoint",
    "user_account",
    "session",
    "subject",
    "call_note",
    "keyring.subject_key",
    "keyring.erasure_ledger",
)


@pytest.fixture
async def pool(database: DatabaseUrls) -> AsyncIterator[Pool]:
    """Two tenants, each with one row or more in every table."""
    pool = await open_pool(database.app_url, connections_max=2)
    journal = await PostgresJournal.connect(database.journal_url)
    for tenant_id in ("ash", "birch"):
        await fill(pool, journal, Tenant.settled(tenant_id, tenant_id, tenant_id, "UTC"))
    await journal.close()
    yield pool
    await pool.close()


async def fill(pool: Pool, journal: PostgresJournal, tenant: Tenant) -> None:
    key = tenant.tenant_id
    await PostgresTenants(pool).create(tenant)
    await PostgresAccounts(pool).create(Account(key, "u", "u", "hash", "agent", None, "U", active=True))
    await PostgresSessions(pool).create(key, "u", b"t" * 32, 1, 2)
    await PostgresVault(pool).resolve(key, [NewSubject("s", b"l" * 32, b"4" * 32, b"c", b"k")])
    await PostgresVault(pool).erase(key, "nobody")
    assert await PostgresNotes(pool).write(key, SealedNote("c", "s", b"n", 1, "u", 1))
    call = CallRecord(key, "c", "q", "s", None, 5, 1, None, None, 2, 1, 0, 0, 0, "abandoned", "caller")
    wrap_up = WrapUpRecord(key, "o", "c", "a", 1, 2, None)
    await PostgresProjections(pool).apply("calls", key, tenant.partition, 0, 1, [call], [wrap_up])
    [claim] = await journal.claim(Kind.QUEUE, [tenant.partition], "here:1")
    entry = Entry(tenant.partition, claim.position + 1, key, "CallQueued", 1, b"p")
    assert await journal.append(Kind.QUEUE, [claim], [entry])
    assert await journal.save_snapshots(Kind.QUEUE, claim, [Snapshot(tenant.partition, key, 1, b"s")])


@pytest.mark.parametrize("table", TENANT_TABLES)
async def test_tenant_sees_its_own_rows_alone(pool: Pool, table: str) -> None:
    for tenant_id in ("ash", "birch"):
        async with tenant_transaction(pool, tenant_id) as connection:
            seen = await connection.fetch(f"select tenant_id from {table}")  # noqa: S608 - a name from above
        assert {row[0] for row in seen} == {tenant_id}


@pytest.mark.parametrize("table", TENANT_TABLES)
async def test_connection_without_a_tenant_sees_nothing(pool: Pool, table: str) -> None:
    async with pool.acquire() as connection:
        assert await connection.fetch(f"select 1 from {table}") == []  # noqa: S608 - a name from above
    async with tenant_transaction(pool, "ash"):
        pass
    async with pool.acquire() as connection:
        assert await connection.fetch(f"select 1 from {table}") == []  # noqa: S608 - a name from above


async def test_tenant_is_forgotten_with_its_transaction(pool: Pool) -> None:
    async with tenant_transaction(pool, "ash") as connection:
        assert await connection.fetchval("select current_setting('strowger.tenant_id')") == "ash"
    for _ in range(2):
        async with pool.acquire() as connection:
            assert not await connection.fetchval("select current_setting('strowger.tenant_id', true)")


async def test_write_for_another_tenant_is_refused(pool: Pool) -> None:
    with pytest.raises(StoreError, match="42501"):
        async with tenant_transaction(pool, "ash") as connection:
            await connection.execute("insert into projection_checkpoint values ('birch', 'x', 1, 1)")
    async with tenant_transaction(pool, "ash") as connection:
        assert (
            await connection.execute("update user_account set active = false where tenant_id = 'birch'") == "UPDATE 0"
        )
        assert await connection.execute("delete from keyring.subject_key where tenant_id = 'birch'") == "DELETE 0"
        assert await connection.execute("update tenant set name = 'x' where tenant_id = 'birch'") == "UPDATE 0"


@pytest.mark.parametrize(
    "statement",
    [
        "set role strowger_owner",
        "set role strowger_journal",
        "alter table user_account no force row level security",
        "alter role strowger_app bypassrls",
        "drop policy own on user_account",
        "insert into journal (kind, partition, position, tenant_id) values ('queue', 1, 1, 'ash')",
        "update journal set payload = ''",
        "delete from journal",
        "select * from journal_default",
        "select * from snapshot",
        "select * from partition_head",
        "select * from partition_claim",
        "delete from keyring.erasure_ledger",
        "delete from tenant",
        "update tenant set partition = 1",
        "insert into schema_version (version, name) values (99, 'x')",
        "create table mine ()",
    ],
)
async def test_application_may_not(pool: Pool, statement: str) -> None:
    async with pool.acquire() as connection:
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await connection.execute(statement)


async def test_row_security_switched_off_refuses_instead_of_showing(pool: Pool) -> None:
    async with pool.acquire() as connection, connection.transaction():
        await connection.execute("set local row_security = off")
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await connection.fetch("select 1 from user_account")


@pytest.mark.usefixtures("pool")
async def test_owner_is_bound_too(database: DatabaseUrls) -> None:
    owner = await asyncpg.connect(database.owner_url)
    try:
        for table in TENANT_TABLES:
            assert await owner.fetch(f"select 1 from {table}") == []  # noqa: S608 - a name from above
        await owner.execute("set row_security = off")
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await owner.execute("update user_account set active = false")
    finally:
        await owner.close()


@pytest.mark.parametrize(
    "statement",
    [
        "select * from user_account",
        "select * from session",
        "select * from subject",
        "select * from call_note",
        "select * from keyring.subject_key",
        "select * from call_record",
        "select * from projection_checkpoint",
        "update journal set payload = ''",
        "delete from journal",
        "delete from snapshot",
        "delete from partition_head",
        "delete from partition_claim",
        "update partition_claim set epoch = 1",
        "insert into tenant values ('x', 'x', 'x', 'UTC', 1)",
        "update tenant set name = 'x'",
        "truncate journal",
        "select journal_drop_months('0 days')",
        "set role strowger_app",
        "create table mine ()",
    ],
)
@pytest.mark.usefixtures("pool")
async def test_journal_writer_may_not(database: DatabaseUrls, statement: str) -> None:
    writer = await asyncpg.connect(database.journal_url)
    try:
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await writer.execute(statement)
    finally:
        await writer.close()
