"""The vault in Postgres: data in `subject`, keys and the ledger of erasures in the schema `keyring`."""

from collections.abc import Sequence

import asyncpg

from persistence.errors import StoreUnavailableError
from persistence.postgres.pool import Pool, plain_connection, tenant_transaction
from persistence.sql import query
from persistence.vault import NewSubject, SealedSubject

RESOLVE_ATTEMPTS_MAX = 4
"""A caller whom another process inserts at this very moment is seen by the next attempt."""


class PostgresVault:
    """Implements `persistence.vault.Vault`."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    async def resolve(self, tenant_id: str, callers: Sequence[NewSubject]) -> list[str]:
        if not callers:
            return []
        columns = (
            [caller.subject_id for caller in callers],
            [caller.lookup_hash for caller in callers],
            [caller.last4_hash for caller in callers],
            [caller.ciphertext for caller in callers],
            [caller.key_wrapped for caller in callers],
        )
        async with plain_connection(self._pool) as connection:
            for _ in range(RESOLVE_ATTEMPTS_MAX):
                rows = await connection.fetch(query("vault_resolve"), tenant_id, *columns)
                if all(row[0] is not None for row in rows):
                    return [row[0] for row in rows]
            raise StoreUnavailableError("The same callers are being written elsewhere: try again.")

    async def read(self, tenant_id: str, subject_ids: Sequence[str]) -> list[SealedSubject]:
        return _sealed(await self._rows("vault_read", tenant_id, list(subject_ids)))

    async def find_by_last4(self, tenant_id: str, last4_hash: bytes, *, limit: int) -> list[SealedSubject]:
        return _sealed(await self._rows("vault_find_by_last4", tenant_id, last4_hash, limit))

    async def erase(self, tenant_id: str, subject_id: str) -> bool:
        rows = await self._rows("vault_erase", tenant_id, subject_id)
        return bool(rows[0][0])

    async def reapply_erasures(self, tenant_id: str) -> list[str]:
        return [row[0] for row in await self._rows("vault_reapply_erasures", tenant_id)]

    async def _rows(self, name: str, tenant_id: str, *arguments: object) -> list[asyncpg.Record]:
        async with tenant_transaction(self._pool, tenant_id) as connection:
            return await connection.fetch(query(name), tenant_id, *arguments)


def _sealed(rows: list[asyncpg.Record]) -> list[SealedSubject]:
    return [SealedSubject(*row) for row in rows]
