"""Sessions in memory, beside the accounts in memory."""

from persistence.errors import ConflictError, NotFoundError
from persistence.memory.accounts import MemoryAccounts
from persistence.sessions import Session


class MemorySessions:
    """Implements `persistence.sessions.Sessions`."""

    def __init__(self, accounts: MemoryAccounts) -> None:
        self._accounts = accounts
        self.rows: dict[tuple[str, bytes], tuple[str, int, int]] = {}
        """By tenant and token hash: user id, created at, expires at (ms)."""

    async def create(
        self, tenant_id: str, user_id: str, token_hash: bytes, created_at_ms: int, expires_at_ms: int
    ) -> None:
        if await self._accounts.get(tenant_id, user_id) is None:
            raise NotFoundError
        if (tenant_id, token_hash) in self.rows:
            raise ConflictError
        self.rows[tenant_id, token_hash] = (user_id, created_at_ms, expires_at_ms)

    async def find(self, tenant_id: str, token_hash: bytes, now_ms: int) -> Session | None:
        row = self.rows.get((tenant_id, token_hash))
        if row is None or row[2] <= now_ms:
            return None
        user_id, created_at_ms, expires_at_ms = row
        account = await self._accounts.get(tenant_id, user_id)
        if account is None or not account.active:
            return None
        return Session(account, created_at_ms, expires_at_ms)

    async def revoke(self, tenant_id: str, token_hash: bytes) -> bool:
        return self.rows.pop((tenant_id, token_hash), None) is not None

    async def revoke_all_for_user(self, tenant_id: str, user_id: str) -> int:
        return self._delete({key for key, row in self.rows.items() if (key[0], row[0]) == (tenant_id, user_id)})

    async def purge_expired(self, tenant_id: str, now_ms: int) -> int:
        return self._delete({key for key, row in self.rows.items() if key[0] == tenant_id and row[2] <= now_ms})

    def _delete(self, keys: set[tuple[str, bytes]]) -> int:
        for key in keys:
            del self.rows[key]
        return len(keys)
