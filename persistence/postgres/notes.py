"""Notes of calls in Postgres."""

import msgspec

from persistence.notes import SealedNote
from persistence.postgres.pool import Pool, tenant_transaction
from persistence.sql import query


class PostgresNotes:
    """Implements `persistence.notes.Notes`. A subject's notes are deleted with it, by a foreign key."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    async def read(self, tenant_id: str, call_id: str) -> SealedNote | None:
        async with tenant_transaction(self._pool, tenant_id) as connection:
            row = await connection.fetchrow(query("note_read"), tenant_id, call_id)
        return SealedNote(*row) if row is not None else None

    async def write(self, tenant_id: str, note: SealedNote) -> bool:
        async with tenant_transaction(self._pool, tenant_id) as connection:
            written = await connection.fetchval(query("note_write"), tenant_id, *msgspec.structs.astuple(note))
        return written is not None
