"""The journal in Postgres, written by a role that can do nothing else (`sql/migrations/0002_journal.sql`).

Every change is one autocommit statement: there is never an open transaction that a paused process could hold.
A statement that the server cancels (lock or statement timeout) has not happened: `StoreUnavailableError`.
Connect straight to the server or to a pooler that keeps sessions: prepared statements belong to a session.
"""

from collections.abc import AsyncIterator, Sequence
from typing import Any, Self

import asyncpg

from persistence.batches import check_snapshots, last_positions
from persistence.errors import CommitUnknownError
from persistence.journal import Claim, Entry, Head, Kind, Snapshot
from persistence.postgres.append_line import AppendLine
from persistence.postgres.connect import Limits, connection_options
from persistence.postgres.failures import DRIVER_ERRORS, as_store_error, connection_is_gone
from persistence.postgres.pool import Pool, plain_connection
from persistence.sql import query

POSITION_MAX = 2**63 - 1


class PostgresJournal:
    """Implements `persistence.journal.Journal`. Make one with `connect`, and `close` it."""

    def __init__(self, pool: Pool, appends: AppendLine, page_entries_max: int) -> None:
        self._pool = pool
        self._appends = appends
        self._page_entries_max = page_entries_max

    @classmethod
    async def connect(
        cls, url: str, *, connections_max: int = 4, page_entries_max: int = 500, limits: Limits | None = None
    ) -> Self:
        """Open `connections_max` connections at most, beside the one for appends.

        Raises `StoreUnavailableError` if the database cannot be reached now.
        """
        limits = limits or Limits()
        appends = AppendLine(url, limits)
        await appends.open()
        try:
            pool = await asyncpg.create_pool(url, min_size=1, max_size=connections_max, **connection_options(limits))
        except DRIVER_ERRORS as error:
            await appends.close()
            raise as_store_error(error) from None
        return cls(pool, appends, page_entries_max)

    async def close(self) -> None:
        await self._appends.close()
        await self._pool.close()

    async def claim(self, kind: Kind, partitions: Sequence[int], address: str) -> list[Claim]:
        wanted = sorted(set(partitions))
        rows = await self._write("journal_claim", kind, wanted, address)
        return sorted((Claim(*row) for row in rows), key=lambda claim: claim.partition)

    async def reclaim(self, kind: Kind, claims: Sequence[Claim], address: str) -> list[Claim]:
        rows = await self._write("journal_reclaim", kind, *_epochs(claims), address)
        return sorted((Claim(*row) for row in rows), key=lambda claim: claim.partition)

    async def append(self, kind: Kind, claims: Sequence[Claim], entries: Sequence[Entry]) -> frozenset[int]:
        last = last_positions(claims, entries)
        rows = await self._appends.run(
            kind,
            *_epochs(claims),
            [claim.position for claim in claims],
            [last[claim.partition] for claim in claims],
            [entry.partition for entry in entries],
            [entry.position for entry in entries],
            [entry.tenant_id for entry in entries],
            [entry.type for entry in entries],
            [entry.at_ms for entry in entries],
            [entry.payload for entry in entries],
        )
        return frozenset(row[0] for row in rows)

    async def confirm(self, kind: Kind, claims: Sequence[Claim]) -> frozenset[int]:
        rows = await self._read("journal_confirm", kind, *_epochs(claims))
        return frozenset(row[0] for row in rows)

    async def snapshots(self, kind: Kind, partition: int) -> list[Snapshot]:
        rows = await self._read("journal_snapshots", kind, partition)
        return [Snapshot(partition, *row) for row in rows]

    async def read(
        self, kind: Kind, partition: int, after: int, *, up_to: int | None = None
    ) -> AsyncIterator[list[Entry]]:
        # Page by page and not by a cursor: that would be a transaction left open as long as the reader likes.
        end = POSITION_MAX if up_to is None else up_to
        while rows := await self._read("journal_read", kind, partition, after, end, self._page_entries_max):
            yield [Entry(partition, *row) for row in rows]
            after = rows[-1]["position"]

    async def stale(self, kind: Kind, partition: int, after: int, up_to: int) -> list[int]:
        return [row[0] for row in await self._read("journal_stale", kind, partition, after, up_to)]

    async def save_snapshots(self, kind: Kind, claim: Claim, snapshots: Sequence[Snapshot]) -> bool:
        check_snapshots(claim, snapshots)
        rows = await self._write(
            "journal_save_snapshots",
            kind,
            claim.partition,
            claim.epoch,
            max((snapshot.position for snapshot in snapshots), default=0),
            [snapshot.tenant_id for snapshot in snapshots],
            [snapshot.position for snapshot in snapshots],
            [snapshot.payload for snapshot in snapshots],
        )
        return bool(rows[0][0])

    async def heads(self, kind: Kind | None = None) -> list[Head]:
        rows = await self._read("journal_heads", kind)
        return [Head(Kind(row[0]), *row[1:]) for row in rows]

    async def _read(self, name: str, *arguments: Any) -> list[asyncpg.Record]:
        async with plain_connection(self._pool) as connection:
            return await connection.fetch(query(name), *arguments)

    async def _write(self, name: str, *arguments: Any) -> list[asyncpg.Record]:
        async with plain_connection(self._pool) as connection:
            try:
                return await connection.fetch(query(name), *arguments)
            except DRIVER_ERRORS as error:
                if connection_is_gone(error):
                    raise CommitUnknownError from None
                raise


def _epochs(claims: Sequence[Claim]) -> tuple[list[int], list[int]]:
    return [claim.partition for claim in claims], [claim.epoch for claim in claims]
