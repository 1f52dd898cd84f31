"""Sessions in Postgres."""

from persistence.accounts import Account
from persistence.postgres.pool import Pool, tenant_transaction
from persistence.sessions import Session
from persistence.sql import query

_REVOKE = "delete from session where tenant_id = $1 and token_hash = $2"
_REVOKE_ALL = "delete from session where tenant_id = $1 and user_id = $2"
_PURGE = "delete from session where tenant_id = $1 and expires_at_ms <= $2"


class PostgresSessions:
    """Implements `persistence.sessions.Sessions`."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    async def create(
        self, tenant_id: str, user_id: str, token_hash: bytes, created_at_ms: int, expires_at_ms: int
    ) -> None:
        async with tenant_transaction(self._pool, tenant_id) as connection:
            await connection.execute(
                "insert into session (tenant_id, user_id, token_hash, created_at_ms, expires_at_ms)"
                " values ($1, $2, $3, $4, $5)",
                tenant_id,
                user_id,
                token_hash,
                created_at_ms,
                expires_at_ms,
            )

    async def find(self, tenant_id: str, token_hash: bytes, now_ms: int) -> Session | None:
        async with tenant_transaction(self._pool, tenant_id) as connection:
            row = await connection.fetchrow(query("session_find"), tenant_id, token_hash, now_ms)
        if row is None:
            return None
        created_at_ms, expires_at_ms, *account = row
        return Session(Account(*account), created_at_ms, expires_at_ms)

    async def revoke(self, tenant_id: str, token_hash: bytes) -> bool:
        return await self._delete(_REVOKE, tenant_id, token_hash) > 0

    async def revoke_all_for_user(self, tenant_id: str, user_id: str) -> int:
        return await self._delete(_REVOKE_ALL, tenant_id, user_id)

    async def purge_expired(self, tenant_id: str, now_ms: int) -> int:
        return await self._delete(_PURGE, tenant_id, now_ms)

    async def _delete(self, statement: str, tenant_id: str, value: object) -> int:
        async with tenant_transaction(self._pool, tenant_id) as connection:
            status = await connection.execute(statement, tenant_id, value)
        return int(status.removeprefix("DELETE "))
