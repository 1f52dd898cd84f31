"""What a shard and a gateway learn when the database is slow, away, or dies on them."""

import asyncio
from collections.abc import AsyncIterator

import asyncpg
import pytest

from persistence.errors import CommitUnknownError, StoreUnavailableError
from persistence.journal import Claim, Kind
from persistence.postgres import pool as pool_module
from persistence.postgres.connect import Limits
from persistence.postgres.journal import PostgresJournal
from persistence.postgres.pool import Pool, open_pool, tenant_transaction
from persistence.postgres.tenants import PostgresTenants
from persistence.tenants import Tenant
from scripts.embedded.postgres import DatabaseUrls, EmbeddedPostgres
from tests.contract.test_journal_contract import entries, settle_tenants

pytestmark = pytest.mark.integration

ASH = Tenant.settled("ash", "ash", "Ash", "UTC")

PATIENT = Limits(lock_timeout_ms=20_000, statement_timeout_ms=20_000, answer_timeout_s=20.0)


@pytest.fixture
async def journal(database: DatabaseUrls) -> AsyncIterator[PostgresJournal]:
    await settle_tenants(database.app_url)
    journal = await PostgresJournal.connect(database.journal_url, limits=PATIENT)
    yield journal
    await journal.close()


@pytest.fixture
async def holder(database: DatabaseUrls) -> AsyncIterator["asyncpg.Connection[asyncpg.Record]"]:
    """Another writer's connection, to stand in the way with."""
    connection = await asyncpg.connect(database.journal_url)
    yield connection
    await connection.close()


async def hold_heads(holder: "asyncpg.Connection[asyncpg.Record]") -> None:
    await holder.execute("begin; select * from partition_head for update")


async def wait_for_waiting(holder: "asyncpg.Connection[asyncpg.Record]", count: int = 1) -> None:
    """Return once `count` other sessions of this role wait for a lock."""
    waiting = "select count(*) from pg_stat_activity where wait_event_type = 'Lock' and datname = current_database()"
    while await holder.fetchval(waiting) < count:  # noqa: ASYNC110 - the server tells nobody
        await asyncio.sleep(0.005)


def end_sessions(server: EmbeddedPostgres, role: str, condition: str = "true") -> None:
    server.run_sql(
        f"select pg_terminate_backend(pid, 5000) from pg_stat_activity where usename = '{role}' and {condition}",  # noqa: S608
        database="postgres",
    )


# -- the journal ---------------------------------------------------------------------------------


async def test_entry_written_past_the_fence_then_the_journal_shows_it(
    database: DatabaseUrls, journal: PostgresJournal
) -> None:
    [first] = await journal.claim(Kind.QUEUE, [1], "here:1")
    await journal.append(Kind.QUEUE, [first], entries(1, 1, 2))
    [second] = await journal.claim(Kind.QUEUE, [1], "there:2")
    await journal.append(Kind.QUEUE, [second], entries(1, 3, 3))
    writer = await asyncpg.connect(database.journal_url)
    await writer.execute(
        "insert into journal (kind, partition, position, tenant_id, type, at_ms, payload, epoch)"
        " values ('queue', 1, 4, 'ash', 'CallQueued', 1, '', 1)"
    )
    await writer.close()
    assert await journal.stale(Kind.QUEUE, 1, 0, 4) == [4]
    assert await journal.stale(Kind.QUEUE, 1, 0, 3) == []


async def test_append_whose_connection_dies_is_unknown_and_the_next_one_connects_anew(
    journal: PostgresJournal, holder: "asyncpg.Connection[asyncpg.Record]", embedded_postgres: EmbeddedPostgres
) -> None:
    [claim] = await journal.claim(Kind.QUEUE, [1], "here:1")
    await hold_heads(holder)
    append = asyncio.create_task(journal.append(Kind.QUEUE, [claim], entries(1, 1, 1)))
    await wait_for_waiting(holder)
    end_sessions(embedded_postgres, "strowger_journal", "wait_event_type = 'Lock'")
    with pytest.raises(CommitUnknownError):
        await append
    await holder.execute("rollback")
    [again] = await journal.reclaim(Kind.QUEUE, [claim], "here:1")
    assert again == Claim(1, 2, 0)
    assert await journal.append(Kind.QUEUE, [again], entries(1, 1, 1)) == {1}


async def test_append_that_waits_too_long_for_a_lock_has_not_happened(
    database: DatabaseUrls, journal: PostgresJournal, holder: "asyncpg.Connection[asyncpg.Record]"
) -> None:
    [claim] = await journal.claim(Kind.QUEUE, [1], "here:1")
    await hold_heads(holder)
    hasty = await PostgresJournal.connect(database.journal_url, limits=Limits(lock_timeout_ms=20))
    with pytest.raises(StoreUnavailableError):
        await hasty.append(Kind.QUEUE, [claim], entries(1, 1, 1))
    with pytest.raises(StoreUnavailableError):
        await hasty.claim(Kind.QUEUE, [1], "there:2")
    await holder.execute("rollback")
    assert await hasty.append(Kind.QUEUE, [claim], entries(1, 1, 1)) == {1}
    await hasty.close()


async def test_append_that_the_client_stops_waiting_for_is_unknown(
    database: DatabaseUrls, journal: PostgresJournal, holder: "asyncpg.Connection[asyncpg.Record]"
) -> None:
    [claim] = await journal.claim(Kind.QUEUE, [1], "here:1")
    await hold_heads(holder)
    limits = Limits(lock_timeout_ms=9_000, statement_timeout_ms=9_000, answer_timeout_s=0.05)
    hasty = await PostgresJournal.connect(database.journal_url, limits=limits)
    with pytest.raises(CommitUnknownError):
        await hasty.append(Kind.QUEUE, [claim], entries(1, 1, 1))
    await holder.execute("rollback")
    await hasty.close()


async def test_cancelled_append_leaves_a_working_line(
    journal: PostgresJournal, holder: "asyncpg.Connection[asyncpg.Record]"
) -> None:
    [claim] = await journal.claim(Kind.QUEUE, [1], "here:1")
    await hold_heads(holder)
    append = asyncio.create_task(journal.append(Kind.QUEUE, [claim], entries(1, 1, 1)))
    await wait_for_waiting(holder)
    append.cancel()
    with pytest.raises(asyncio.CancelledError):
        await append
    await holder.execute("rollback")
    [again] = await journal.reclaim(Kind.QUEUE, [claim], "here:1")
    assert await journal.append(Kind.QUEUE, [again], entries(1, again.position + 1, again.position + 1)) == {1}


async def test_reads_and_confirmations_do_not_wait_behind_an_append(
    journal: PostgresJournal, holder: "asyncpg.Connection[asyncpg.Record]"
) -> None:
    [claim] = await journal.claim(Kind.QUEUE, [1], "here:1")
    await hold_heads(holder)
    append = asyncio.create_task(journal.append(Kind.QUEUE, [claim], entries(1, 1, 1)))
    await wait_for_waiting(holder)
    assert [page async for page in journal.read(Kind.QUEUE, 1, 0)] == []
    assert await journal.confirm(Kind.QUEUE, [claim]) == {1}
    assert not append.done()
    await holder.execute("rollback")
    assert await append == {1}


async def test_connection_that_the_server_closed_while_idle_is_replaced_unnoticed(
    journal: PostgresJournal, embedded_postgres: EmbeddedPostgres
) -> None:
    [claim] = await journal.claim(Kind.QUEUE, [1], "here:1")
    end_sessions(embedded_postgres, "strowger_journal")
    line = journal._appends._connection
    assert line is not None
    while not line.is_closed():  # noqa: ASYNC110 - the driver tells nobody
        await asyncio.sleep(0.005)
    assert await journal.append(Kind.QUEUE, [claim], entries(1, 1, 1)) == {1}
    assert await journal.confirm(Kind.QUEUE, [claim]) == {1}


async def test_writers_that_fight_for_the_same_partitions_never_wait_for_each_other(
    database: DatabaseUrls, journal: PostgresJournal
) -> None:
    other = await PostgresJournal.connect(database.journal_url, limits=PATIENT)

    async def fight(mine: PostgresJournal, partitions: list[int]) -> None:
        for _ in range(25):
            claims = await mine.claim(Kind.QUEUE, partitions, "here:1")
            await mine.append(Kind.QUEUE, claims[::-1], [])
            await mine.reclaim(Kind.QUEUE, claims, "here:1")

    await asyncio.gather(fight(journal, [1, 2, 3]), fight(other, [3, 2, 1]), fight(other, [2, 3, 1]))
    assert min(head.epoch for head in await journal.heads()) >= 76
    await other.close()


async def test_appends_wait_for_the_disk_and_obey_the_servers_limits(journal: PostgresJournal) -> None:
    line = journal._appends._connection
    assert line is not None
    shown = [
        await line.fetchval(f"show {name}")
        for name in ("synchronous_commit", "lock_timeout", "statement_timeout", "idle_in_transaction_session_timeout")
    ]
    assert shown == ["on", "20s", "20s", "5s"]


async def test_database_that_is_not_there_is_unavailable(database: DatabaseUrls) -> None:
    for connect in (PostgresJournal.connect, open_pool):
        with pytest.raises(StoreUnavailableError):
            await connect(database.journal_url.replace("port=5432", "port=5433"))


async def test_database_that_refuses_the_password_is_unavailable_and_says_so(database: DatabaseUrls) -> None:
    url = database.journal_url.replace("strowger_journal:", "strowger_journal:no")
    with pytest.raises(StoreUnavailableError, match="password"):
        await PostgresJournal.connect(url)


# -- the application's pool ---------------------------------------------------------------------------------


@pytest.fixture
async def pool(database: DatabaseUrls) -> AsyncIterator[Pool]:
    pool = await open_pool(database.app_url, connections_max=2)
    await PostgresTenants(pool).create(ASH)
    yield pool
    await pool.close()


RENAME = "update tenant set name = 'changed' where tenant_id = 'ash'"


async def test_transaction_left_by_an_error_changes_nothing(pool: Pool) -> None:
    async def fail_after_a_change() -> None:
        async with tenant_transaction(pool, "ash") as connection:
            await connection.execute(RENAME)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await fail_after_a_change()
    assert await PostgresTenants(pool).get("ash") == ASH


async def test_connection_lost_before_the_commit_means_nothing_was_written(
    pool: Pool, embedded_postgres: EmbeddedPostgres
) -> None:
    async def change_after_the_end() -> None:
        async with tenant_transaction(pool, "ash") as connection:
            end_sessions(embedded_postgres, "strowger_app")
            await connection.execute(RENAME)

    with pytest.raises(StoreUnavailableError):
        await change_after_the_end()
    assert await PostgresTenants(pool).get("ash") == ASH


async def test_connection_lost_at_the_commit_is_unknown(pool: Pool, embedded_postgres: EmbeddedPostgres) -> None:
    async def end_before_the_commit() -> None:
        async with tenant_transaction(pool, "ash") as connection:
            await connection.execute(RENAME)
            end_sessions(embedded_postgres, "strowger_app")

    with pytest.raises(CommitUnknownError):
        await end_before_the_commit()
    assert await PostgresTenants(pool).get("ash") == ASH


async def test_pool_that_stays_busy_is_unavailable(pool: Pool, monkeypatch: pytest.MonkeyPatch) -> None:
    async with tenant_transaction(pool, "ash"), tenant_transaction(pool, "ash"):
        monkeypatch.setattr(pool_module, "ACQUIRE_TIMEOUT_S", 0.02)
        with pytest.raises(StoreUnavailableError):
            await PostgresTenants(pool).get("ash")


async def test_vectors_travel_as_vectors(pool: Pool) -> None:
    async with tenant_transaction(pool, "ash") as connection:
        assert await connection.fetchval("select $1::vector <-> '[1, 2, 3]'::vector", [1.0, 2.0, 5.0]) == 2.0
