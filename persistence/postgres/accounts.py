"""Accounts in Postgres."""

from persistence.accounts import Account, login_key
from persistence.errors import NotFoundError
from persistence.postgres.pool import Pool, tenant_transaction

# Columns stand in the order of `Account`'s fields.
_SELECT = (
    "select tenant_id, user_id, login, password_hash, role, agent_id, display_name, active"
    " from user_account where tenant_id = $1"
)
_INSERT = (
    "insert into user_account"
    " (tenant_id, user_id, login, password_hash, role, agent_id, display_name, active)"
    " values ($1, $2, $3, $4, $5, $6, $7, $8)"
)
_SET_HASH = "update user_account set password_hash = $3 where tenant_id = $1 and user_id = $2 returning 1"
_SET_ACTIVE = "update user_account set active = $3 where tenant_id = $1 and user_id = $2 returning 1"


class PostgresAccounts:
    """Implements `persistence.accounts.Accounts`."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    async def create(self, account: Account) -> None:
        async with tenant_transaction(self._pool, account.tenant_id) as connection:
            await connection.execute(
                _INSERT,
                account.tenant_id,
                account.user_id,
                login_key(account.login),
                account.password_hash,
                account.role,
                account.agent_id,
                account.display_name,
                account.active,
            )

    async def find_by_login(self, tenant_id: str, login: str) -> Account | None:
        return await self._find(f"{_SELECT} and login = $2", tenant_id, login_key(login))

    async def get(self, tenant_id: str, user_id: str) -> Account | None:
        return await self._find(f"{_SELECT} and user_id = $2", tenant_id, user_id)

    async def list(self, tenant_id: str) -> list[Account]:
        async with tenant_transaction(self._pool, tenant_id) as connection:
            rows = await connection.fetch(f'{_SELECT} order by login collate "C"', tenant_id)
        return [Account(*row) for row in rows]

    async def count(self, tenant_id: str) -> int:
        async with tenant_transaction(self._pool, tenant_id) as connection:
            found: int = await connection.fetchval("select count(*) from user_account where tenant_id = $1", tenant_id)
        return found

    async def set_password_hash(self, tenant_id: str, user_id: str, password_hash: str) -> None:
        await self._set(_SET_HASH, tenant_id, user_id, password_hash)

    async def set_active(self, tenant_id: str, user_id: str, *, active: bool) -> None:
        await self._set(_SET_ACTIVE, tenant_id, user_id, active)

    async def _find(self, statement: str, tenant_id: str, value: str) -> Account | None:
        async with tenant_transaction(self._pool, tenant_id) as connection:
            row = await connection.fetchrow(statement, tenant_id, value)
        return None if row is None else Account(*row)

    async def _set(self, statement: str, tenant_id: str, user_id: str, value: object) -> None:
        async with tenant_transaction(self._pool, tenant_id) as connection:
            if await connection.fetchval(statement, tenant_id, user_id, value) is None:
                raise NotFoundError
