"""Accounts in memory."""

import msgspec

from persistence.accounts import Account, login_key
from persistence.errors import ConflictError, NotFoundError


class MemoryAccounts:
    """Implements `persistence.accounts.Accounts`."""

    def __init__(self) -> None:
        self.rows: dict[tuple[str, str], Account] = {}

    async def create(self, account: Account) -> None:
        account = msgspec.structs.replace(account, login=login_key(account.login))
        if any(_clash(account, other) for other in self.rows.values()):
            raise ConflictError
        self.rows[account.tenant_id, account.user_id] = account

    async def find_by_login(self, tenant_id: str, login: str) -> Account | None:
        wanted = (tenant_id, login_key(login))
        return next((row for row in self.rows.values() if (row.tenant_id, row.login) == wanted), None)

    async def get(self, tenant_id: str, user_id: str) -> Account | None:
        return self.rows.get((tenant_id, user_id))

    async def list(self, tenant_id: str) -> list[Account]:
        own = (row for row in self.rows.values() if row.tenant_id == tenant_id)
        return sorted(own, key=lambda row: row.login)

    async def count(self, tenant_id: str) -> int:
        return len(await self.list(tenant_id))

    async def set_password_hash(self, tenant_id: str, user_id: str, password_hash: str) -> None:
        account = self._known(tenant_id, user_id)
        self.rows[tenant_id, user_id] = msgspec.structs.replace(account, password_hash=password_hash)

    async def set_active(self, tenant_id: str, user_id: str, *, active: bool) -> None:
        account = self._known(tenant_id, user_id)
        self.rows[tenant_id, user_id] = msgspec.structs.replace(account, active=active)

    def _known(self, tenant_id: str, user_id: str) -> Account:
        account = self.rows.get((tenant_id, user_id))
        if account is None:
            raise NotFoundError
        return account


def _clash(account: Account, other: Account) -> bool:
    if account.tenant_id != other.tenant_id:
        return False
    same_agent = account.agent_id is not None and account.agent_id == other.agent_id
    return same_agent or account.user_id == other.user_id or account.login == other.login
