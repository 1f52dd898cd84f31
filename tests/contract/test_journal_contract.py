"""Every journal keeps the rules that `persistence/journal.py` states."""

import asyncio
from collections.abc import AsyncIterator

import asyncpg
import pytest

from persistence.errors import TenantMismatchError
from persistence.journal import Claim, Entry, Head, Journal, Kind, Snapshot
from persistence.memory.journal import MemoryJournal
from persistence.postgres.journal import PostgresJournal
from scripts.embedded.postgres import DatabaseUrls

PAGE_ENTRIES_MAX = 4
TENANTS = {"ash": 1, "birch": 1, "cedar": 2, "dogwood": 3}
"""Where each tenant of these tests lives."""


@pytest.fixture(params=["memory", pytest.param("postgres", marks=pytest.mark.integration)])
async def journal(request: pytest.FixtureRequest) -> AsyncIterator[Journal]:
    if request.param == "memory":
        yield MemoryJournal(place=TENANTS.__getitem__, page_entries_max=PAGE_ENTRIES_MAX)
        return
    database: DatabaseUrls = request.getfixturevalue("database")
    await settle_tenants(database.app_url)
    journal = await PostgresJournal.connect(database.journal_url, page_entries_max=PAGE_ENTRIES_MAX)
    yield journal
    await journal.close()


async def settle_tenants(app_url: str) -> None:
    connection = await asyncpg.connect(app_url)
    for tenant_id, partition in TENANTS.items():
        async with connection.transaction():
            await connection.execute("select set_config('strowger.tenant_id', $1, true)", tenant_id)
            await connection.execute(
                "insert into tenant (tenant_id, slug, name, time_zone, partition) values ($1, $1, $1, 'UTC', $2)",
                tenant_id,
                partition,
            )
    await connection.close()


def entries(partition: int, first: int, last: int, *, tenant_id: str = "ash") -> list[Entry]:
    return [
        Entry(partition, position, tenant_id, "CallQueued", 1_000 + position, b"\x00" + bytes([position % 256]))
        for position in range(first, last + 1)
    ]


async def stored(journal: Journal, partition: int, after: int = 0, *, up_to: int | None = None) -> list[Entry]:
    return [entry async for page in journal.read(Kind.QUEUE, partition, after, up_to=up_to) for entry in page]


# -- claims ---------------------------------------------------------------------------------


async def test_first_claim_starts_an_empty_stream_at_epoch_one(journal: Journal) -> None:
    assert await journal.claim(Kind.QUEUE, [2, 1], "here:1") == [Claim(1, 1, 0), Claim(2, 1, 0)]
    assert await journal.heads() == [Head(Kind.QUEUE, 1, 1, 0, "here:1"), Head(Kind.QUEUE, 2, 1, 0, "here:1")]


async def test_claim_of_a_held_partition_raises_the_epoch_and_keeps_the_position(journal: Journal) -> None:
    [first] = await journal.claim(Kind.QUEUE, [1], "here:1")
    await journal.append(Kind.QUEUE, [first], entries(1, 1, 3))
    assert await journal.claim(Kind.QUEUE, [1], "there:2") == [Claim(1, 2, 3)]
    assert await journal.heads(Kind.QUEUE) == [Head(Kind.QUEUE, 1, 2, 3, "there:2")]


async def test_claim_naming_a_partition_twice_takes_it_once(journal: Journal) -> None:
    assert await journal.claim(Kind.QUEUE, [1, 1], "here:1") == [Claim(1, 1, 0)]


async def test_claim_of_nothing_takes_nothing(journal: Journal) -> None:
    assert await journal.claim(Kind.QUEUE, [], "here:1") == []
    assert await journal.heads() == []


async def test_each_kind_has_streams_of_its_own(journal: Journal) -> None:
    [queue] = await journal.claim(Kind.QUEUE, [1], "here:1")
    [agent] = await journal.claim(Kind.AGENT, [1], "here:2")
    assert await journal.append(Kind.QUEUE, [queue], entries(1, 1, 2)) == {1}
    assert [head.position for head in await journal.heads(Kind.AGENT)] == [0]
    assert await journal.append(Kind.AGENT, [agent], entries(1, 1, 1)) == {1}
    assert len(await stored(journal, 1)) == 2


async def test_concurrent_claims_each_get_an_epoch_of_their_own(journal: Journal) -> None:
    async def take(number: int) -> list[Claim]:
        partitions = [1, 2, 3] if number % 2 else [3, 2, 1]
        return await journal.claim(Kind.QUEUE, partitions, f"here:{number}")

    taken = await asyncio.gather(*(take(number) for number in range(12)))
    for index in range(3):
        assert sorted(claims[index].epoch for claims in taken) == list(range(1, 13))
    newest = {claim for claims in taken for claim in claims if claim.epoch == 12}
    assert {(head.partition, head.epoch) for head in await journal.heads()} == {
        (claim.partition, claim.epoch) for claim in newest
    }


async def test_reclaim_from_ones_own_epoch_raises_it_and_tells_where_the_stream_stands(journal: Journal) -> None:
    [claim] = await journal.claim(Kind.QUEUE, [1], "here:1")
    await journal.append(Kind.QUEUE, [claim], entries(1, 1, 2))
    assert await journal.reclaim(Kind.QUEUE, [claim], "here:9") == [Claim(1, 2, 2)]
    assert await journal.heads() == [Head(Kind.QUEUE, 1, 2, 2, "here:9")]


async def test_reclaim_after_somebody_else_claimed_takes_only_what_is_still_ours(journal: Journal) -> None:
    mine = await journal.claim(Kind.QUEUE, [1, 2], "here:1")
    await journal.claim(Kind.QUEUE, [1], "there:2")
    assert await journal.reclaim(Kind.QUEUE, mine, "here:1") == [Claim(2, 2, 0)]
    assert [head.address for head in await journal.heads()] == ["there:2", "here:1"]


async def test_entries_of_several_incarnations_each_before_the_next_claim_then_none_is_stale(journal: Journal) -> None:
    [first] = await journal.claim(Kind.QUEUE, [1], "here:1")
    await journal.append(Kind.QUEUE, [first], entries(1, 1, 2))
    [second] = await journal.claim(Kind.QUEUE, [1], "there:2")
    assert await journal.append(Kind.QUEUE, [Claim(1, first.epoch, 2)], entries(1, 3, 3)) == frozenset()
    await journal.append(Kind.QUEUE, [second], entries(1, 3, 4))
    assert await journal.stale(Kind.QUEUE, 1, 0, 4) == []


async def test_reclaim_shuts_out_an_append_that_was_still_on_its_way(journal: Journal) -> None:
    [claim] = await journal.claim(Kind.QUEUE, [1], "here:1")
    await journal.reclaim(Kind.QUEUE, [claim], "here:1")
    assert await journal.append(Kind.QUEUE, [claim], entries(1, 1, 1)) == frozenset()


async def test_concurrent_reclaims_from_one_epoch_have_one_winner(journal: Journal) -> None:
    [claim] = await journal.claim(Kind.QUEUE, [1], "here:1")
    answers = await asyncio.gather(*(journal.reclaim(Kind.QUEUE, [claim], f"here:{n}") for n in range(8)))
    assert [taken for answer in answers for taken in answer] == [Claim(1, 2, 0)]


async def test_confirm_names_the_partitions_whose_epoch_is_still_ours(journal: Journal) -> None:
    mine = await journal.claim(Kind.QUEUE, [1, 2], "here:1")
    assert await journal.confirm(Kind.QUEUE, mine) == {1, 2}
    await journal.claim(Kind.QUEUE, [2], "there:2")
    assert await journal.confirm(Kind.QUEUE, mine) == {1}
    assert await journal.confirm(Kind.QUEUE, [Claim(3, 1, 0)]) == frozenset()


# -- appends ---------------------------------------------------------------------------------


async def test_append_then_read_returns_every_entry_as_it_was_in_order(journal: Journal) -> None:
    [claim] = await journal.claim(Kind.QUEUE, [1], "here:1")
    written = [*entries(1, 1, 1), *entries(1, 2, 2, tenant_id="birch"), Entry(1, 3, "ash", "CallEnded", 0, b"")]
    assert await journal.append(Kind.QUEUE, [claim], written) == {1}
    assert await stored(journal, 1) == written


async def test_append_moves_the_head_to_the_last_entry(journal: Journal) -> None:
    [claim] = await journal.claim(Kind.QUEUE, [1], "here:1")
    await journal.append(Kind.QUEUE, [claim], entries(1, 1, 3))
    assert await journal.append(Kind.QUEUE, [Claim(1, claim.epoch, 3)], entries(1, 4, 5)) == {1}
    assert [head.position for head in await journal.heads()] == [5]


async def test_append_from_an_older_epoch_writes_nothing(journal: Journal) -> None:
    [old] = await journal.claim(Kind.QUEUE, [1], "here:1")
    [new] = await journal.claim(Kind.QUEUE, [1], "there:2")
    assert await journal.append(Kind.QUEUE, [old], entries(1, 1, 1)) == frozenset()
    assert await stored(journal, 1) == []
    assert await journal.append(Kind.QUEUE, [new], entries(1, 1, 1)) == {1}


async def test_append_from_a_position_that_has_moved_on_writes_nothing(journal: Journal) -> None:
    [claim] = await journal.claim(Kind.QUEUE, [1], "here:1")
    await journal.append(Kind.QUEUE, [claim], entries(1, 1, 2))
    assert await journal.append(Kind.QUEUE, [claim], entries(1, 1, 1)) == frozenset()
    assert await journal.append(Kind.QUEUE, [Claim(1, 1, 5)], entries(1, 6, 6)) == frozenset()
    assert len(await stored(journal, 1)) == 2


async def test_append_to_a_partition_that_nobody_claimed_writes_nothing(journal: Journal) -> None:
    assert await journal.append(Kind.QUEUE, [Claim(3, 1, 0)], entries(3, 1, 1, tenant_id="dogwood")) == frozenset()
    assert await journal.heads() == []


async def test_append_with_one_lost_partition_writes_the_others(journal: Journal) -> None:
    mine = await journal.claim(Kind.QUEUE, [1, 2, 3], "here:1")
    await journal.claim(Kind.QUEUE, [2], "there:2")
    batch = [
        *entries(2, 1, 2, tenant_id="cedar"),
        *entries(1, 1, 2),
        *entries(3, 1, 1, tenant_id="dogwood"),
    ]
    assert await journal.append(Kind.QUEUE, mine, batch) == {1, 3}
    assert [(head.partition, head.position) for head in await journal.heads()] == [(1, 2), (2, 0), (3, 1)]
    assert await stored(journal, 2) == []
    assert len(await stored(journal, 1)) == 2


async def test_append_of_nothing_says_which_claims_still_stand(journal: Journal) -> None:
    mine = await journal.claim(Kind.QUEUE, [1, 2], "here:1")
    await journal.claim(Kind.QUEUE, [2], "there:2")
    assert await journal.append(Kind.QUEUE, mine, []) == {1}


async def test_concurrent_appends_from_one_position_have_one_winner(journal: Journal) -> None:
    [claim] = await journal.claim(Kind.QUEUE, [1], "here:1")
    answers = await asyncio.gather(*(journal.append(Kind.QUEUE, [claim], entries(1, 1, 1)) for _ in range(8)))
    assert sorted(map(len, answers)) == [0] * 7 + [1]
    assert len(await stored(journal, 1)) == 1


async def test_append_for_a_tenant_of_another_partition_writes_nothing_at_all(journal: Journal) -> None:
    mine = await journal.claim(Kind.QUEUE, [1, 2], "here:1")
    with pytest.raises(TenantMismatchError):
        await journal.append(Kind.QUEUE, mine, [*entries(1, 1, 1), *entries(2, 1, 1, tenant_id="ash")])
    assert await stored(journal, 1) == []
    assert [head.position for head in await journal.heads()] == [0, 0]
    assert await journal.append(Kind.QUEUE, mine, entries(1, 1, 1)) == {1, 2}


@pytest.mark.parametrize(
    ("claims", "batch"),
    [
        pytest.param([Claim(1, 1, 0)], entries(1, 2, 2), id="gap-before-the-first"),
        pytest.param([Claim(1, 1, 0)], [*entries(1, 1, 1), *entries(1, 3, 3)], id="gap-in-between"),
        pytest.param([Claim(1, 1, 0)], [*entries(1, 1, 1), *entries(1, 1, 1)], id="position-twice"),
        pytest.param([Claim(1, 1, 0)], entries(2, 1, 1, tenant_id="cedar"), id="partition-not-claimed"),
        pytest.param([Claim(1, 1, 0), Claim(1, 1, 0)], entries(1, 1, 1), id="partition-claimed-twice"),
    ],
)
async def test_malformed_append_is_refused_as_our_own_mistake(
    journal: Journal, claims: list[Claim], batch: list[Entry]
) -> None:
    await journal.claim(Kind.QUEUE, [1], "here:1")
    with pytest.raises(ValueError):
        await journal.append(Kind.QUEUE, claims, batch)
    assert await stored(journal, 1) == []


# -- reads ---------------------------------------------------------------------------------


async def test_read_comes_in_bounded_pages_without_gap_or_overlap(journal: Journal) -> None:
    [claim] = await journal.claim(Kind.QUEUE, [1], "here:1")
    await journal.append(Kind.QUEUE, [claim], entries(1, 1, 10))
    pages = [page async for page in journal.read(Kind.QUEUE, 1, 0)]
    assert [len(page) for page in pages] == [4, 4, 2]
    assert [entry.position for page in pages for entry in page] == list(range(1, 11))


@pytest.mark.parametrize(
    ("after", "up_to", "expected"),
    [
        (0, 3, [1, 2, 3]),
        (2, 6, [3, 4, 5, 6]),
        (3, 3, []),
        (5, 2, []),
        (6, None, [7]),
        (7, None, []),
        (0, 99, [*range(1, 8)]),
    ],
)
async def test_read_keeps_within_its_bounds(
    journal: Journal, after: int, up_to: int | None, expected: list[int]
) -> None:
    [claim] = await journal.claim(Kind.QUEUE, [1], "here:1")
    await journal.append(Kind.QUEUE, [claim], entries(1, 1, 7))
    assert [entry.position for entry in await stored(journal, 1, after, up_to=up_to)] == expected


async def test_read_of_an_unknown_stream_is_empty(journal: Journal) -> None:
    assert await stored(journal, 3) == []


async def test_read_left_half_way_does_not_hold_up_an_append(journal: Journal) -> None:
    [claim] = await journal.claim(Kind.QUEUE, [1], "here:1")
    await journal.append(Kind.QUEUE, [claim], entries(1, 1, 6))
    pages = aiter(journal.read(Kind.QUEUE, 1, 0))
    assert [entry.position for entry in await anext(pages)] == [1, 2, 3, 4]
    assert await journal.append(Kind.QUEUE, [Claim(1, 1, 6)], entries(1, 7, 7)) == {1}
    assert [entry.position async for page in pages for entry in page] == [5, 6, 7]


# -- snapshots ---------------------------------------------------------------------------------


@pytest.fixture
async def claim(journal: Journal) -> Claim:
    """Partition 1, held, with five entries."""
    [claim] = await journal.claim(Kind.QUEUE, [1], "here:1")
    await journal.append(Kind.QUEUE, [claim], entries(1, 1, 5))
    return Claim(1, claim.epoch, 5)


async def test_saved_snapshots_are_returned_one_for_each_tenant(journal: Journal, claim: Claim) -> None:
    kept = [Snapshot(1, "ash", 5, b"a"), Snapshot(1, "birch", 4, b"\x00b")]
    assert await journal.save_snapshots(Kind.QUEUE, claim, kept)
    assert await journal.snapshots(Kind.QUEUE, 1) == kept
    assert await journal.snapshots(Kind.AGENT, 1) == []
    assert await journal.snapshots(Kind.QUEUE, 2) == []


async def test_newer_snapshot_replaces_the_older_and_never_the_reverse(journal: Journal, claim: Claim) -> None:
    await journal.save_snapshots(Kind.QUEUE, claim, [Snapshot(1, "ash", 4, b"new")])
    assert await journal.save_snapshots(
        Kind.QUEUE, claim, [Snapshot(1, "ash", 3, b"old"), Snapshot(1, "birch", 3, b"b")]
    )
    assert await journal.snapshots(Kind.QUEUE, 1) == [Snapshot(1, "ash", 4, b"new"), Snapshot(1, "birch", 3, b"b")]
    await journal.save_snapshots(Kind.QUEUE, claim, [Snapshot(1, "ash", 4, b"again")])
    assert (await journal.snapshots(Kind.QUEUE, 1))[0].payload == b"again"


async def test_snapshot_from_an_older_epoch_is_not_kept(journal: Journal, claim: Claim) -> None:
    await journal.claim(Kind.QUEUE, [1], "there:2")
    assert not await journal.save_snapshots(Kind.QUEUE, claim, [Snapshot(1, "ash", 5, b"a")])
    assert await journal.snapshots(Kind.QUEUE, 1) == []


async def test_snapshot_past_the_head_is_refused_and_so_are_those_with_it(journal: Journal, claim: Claim) -> None:
    ahead = [Snapshot(1, "birch", 5, b"b"), Snapshot(1, "ash", 6, b"a")]
    assert not await journal.save_snapshots(Kind.QUEUE, claim, ahead)
    assert await journal.snapshots(Kind.QUEUE, 1) == []


async def test_snapshot_of_a_partition_that_nobody_claimed_is_not_kept(journal: Journal) -> None:
    assert not await journal.save_snapshots(Kind.QUEUE, Claim(2, 1, 0), [Snapshot(2, "cedar", 0, b"")])


async def test_snapshot_of_a_tenant_of_another_partition_is_refused(journal: Journal, claim: Claim) -> None:
    with pytest.raises(TenantMismatchError):
        await journal.save_snapshots(Kind.QUEUE, claim, [Snapshot(1, "cedar", 5, b"c")])
    assert await journal.snapshots(Kind.QUEUE, 1) == []


@pytest.mark.parametrize(
    "snapshots",
    [[Snapshot(2, "cedar", 0, b"")], [Snapshot(1, "ash", 1, b""), Snapshot(1, "ash", 2, b"")]],
    ids=["other-partition", "tenant-twice"],
)
async def test_malformed_snapshots_are_refused_as_our_own_mistake(
    journal: Journal, claim: Claim, snapshots: list[Snapshot]
) -> None:
    with pytest.raises(ValueError):
        await journal.save_snapshots(Kind.QUEUE, claim, snapshots)


async def test_saving_no_snapshots_says_whether_the_claim_stands(journal: Journal, claim: Claim) -> None:
    assert await journal.save_snapshots(Kind.QUEUE, claim, [])
    await journal.claim(Kind.QUEUE, [1], "there:2")
    assert not await journal.save_snapshots(Kind.QUEUE, claim, [])
