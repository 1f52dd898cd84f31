"""The journal's months: made, filled from the safety net, dropped only when snapshots hold what they said."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import asyncpg
import pytest

from persistence.journal import Entry, Kind, Snapshot
from persistence.postgres.journal import PostgresJournal
from persistence.retention import drop_covered_months, make_months
from scripts.embedded.postgres import DatabaseUrls
from tests.contract.test_journal_contract import settle_tenants
from tests.integration_services import migrate_database

pytestmark = pytest.mark.integration


def month_name(moment: datetime) -> str:
    return f"journal_{moment:%Y_%m}"


@pytest.fixture
async def old_database(empty_database: DatabaseUrls) -> DatabaseUrls:
    """A database with the tenants of the journal's contract and two months of a year ago, ash in both, birch in one."""
    await migrate_database(empty_database)
    await settle_tenants(empty_database.app_url)
    owner = await asyncpg.connect(empty_database.owner_url)
    for month in (1, 2):
        await owner.execute(
            f"create table journal_2025_0{month} partition of journal"
            f" for values from ('2025-0{month}-01+00') to ('2025-0{month + 1}-01+00');"
            f"create policy retention_moves on journal_2025_0{month} to current_user using (true);"
            f"alter table journal_2025_0{month} enable row level security, force row level security"
        )
    await owner.close()
    writer = await asyncpg.connect(empty_database.journal_url)
    for position, tenant_id, moment in (
        (1, "ash", datetime(2025, 1, 5, tzinfo=UTC)),
        (2, "birch", datetime(2025, 1, 6, tzinfo=UTC)),
        (3, "ash", datetime(2025, 2, 7, tzinfo=UTC)),
    ):
        await writer.execute(
            "insert into journal (kind, partition, position, tenant_id, type, at_ms, payload, recorded_at)"
            " values ('queue', 1, $1, $2, 'CallQueued', 1, '', $3)",
            position,
            tenant_id,
            moment,
        )
    await writer.execute("insert into partition_head values ('queue', 1, 1, 3, 'here:1')")
    await writer.close()
    return empty_database


@pytest.fixture
async def journal(old_database: DatabaseUrls) -> AsyncIterator[PostgresJournal]:
    journal = await PostgresJournal.connect(old_database.journal_url)
    yield journal
    await journal.close()


async def tables(database: DatabaseUrls) -> set[str]:
    owner = await asyncpg.connect(database.owner_url)
    rows = await owner.fetch("select inhrelid::regclass::text from pg_inherits where inhparent = 'journal'::regclass")
    await owner.close()
    return {row[0] for row in rows}


async def test_migration_makes_this_month_and_the_coming_ones(old_database: DatabaseUrls) -> None:
    now = datetime.now(UTC)
    following = (now.replace(day=1) + timedelta(days=32)).replace(day=1)
    assert {month_name(now), month_name(following), "journal_default"} <= await tables(old_database)
    assert await make_months(old_database.owner_url) == []
    assert len(await make_months(old_database.owner_url, months_ahead=5)) == 2


async def test_entries_of_a_month_that_nobody_made_move_in_when_it_is_made(
    old_database: DatabaseUrls, journal: PostgresJournal
) -> None:
    owner = await asyncpg.connect(old_database.owner_url)
    await owner.execute(f"drop table {month_name(datetime.now(UTC))}")
    [claim] = await journal.claim(Kind.QUEUE, [1], "here:1")
    await journal.append(Kind.QUEUE, [claim], [Entry(1, 4, "ash", "CallQueued", 1, b"stray")])
    assert await owner.fetchval("select count(*) from journal_default") == 1
    assert await make_months(old_database.owner_url) == [month_name(datetime.now(UTC))]
    assert await owner.fetchval("select count(*) from journal_default") == 0
    await owner.close()
    assert [entry.position async for page in journal.read(Kind.QUEUE, 1, 0) for entry in page] == [1, 2, 3, 4]


async def test_month_stays_until_every_tenants_snapshot_covers_it(
    old_database: DatabaseUrls, journal: PostgresJournal
) -> None:
    [claim] = await journal.claim(Kind.QUEUE, [1], "here:1")
    assert await drop_covered_months(old_database.owner_url, keep_days=30) == []
    await journal.save_snapshots(Kind.QUEUE, claim, [Snapshot(1, "ash", 2, b"")])
    assert await drop_covered_months(old_database.owner_url, keep_days=30) == []
    await journal.save_snapshots(Kind.QUEUE, claim, [Snapshot(1, "birch", 3, b"")])
    assert await drop_covered_months(old_database.owner_url, keep_days=30) == ["journal_2025_01"]
    await journal.save_snapshots(Kind.QUEUE, claim, [Snapshot(1, "ash", 3, b"")])
    assert await drop_covered_months(old_database.owner_url, keep_days=30) == ["journal_2025_02"]
    assert month_name(datetime.now(UTC)) in await tables(old_database)


async def test_covered_month_younger_than_the_retention_stays(
    old_database: DatabaseUrls, journal: PostgresJournal
) -> None:
    [claim] = await journal.claim(Kind.QUEUE, [1], "here:1")
    kept = [Snapshot(1, "ash", 3, b""), Snapshot(1, "birch", 3, b"")]
    await journal.save_snapshots(Kind.QUEUE, claim, kept)
    assert await drop_covered_months(old_database.owner_url, keep_days=36_500) == []


async def test_covered_current_month_stays_whatever_the_retention(
    old_database: DatabaseUrls, journal: PostgresJournal
) -> None:
    [claim] = await journal.claim(Kind.QUEUE, [1], "here:1")
    await journal.append(Kind.QUEUE, [claim], [Entry(1, 4, "ash", "CallQueued", 1, b"")])
    kept = [Snapshot(1, "ash", 4, b""), Snapshot(1, "birch", 4, b"")]
    await journal.save_snapshots(Kind.QUEUE, claim, kept)
    dropped = await drop_covered_months(old_database.owner_url, keep_days=0)
    assert month_name(datetime.now(UTC)) not in dropped
