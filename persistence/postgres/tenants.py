"""Tenants in Postgres. Everyone may read them, since log-in finds a tenant before any is set."""

from persistence.errors import NotFoundError
from persistence.postgres.pool import Pool, plain_connection, tenant_transaction
from persistence.tenants import Tenant

_SELECT = "select tenant_id, slug, name, time_zone, partition from tenant"


class PostgresTenants:
    """Implements `persistence.tenants.Tenants`."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    async def create(self, tenant: Tenant) -> None:
        async with tenant_transaction(self._pool, tenant.tenant_id) as connection:
            await connection.execute(
                "insert into tenant (tenant_id, slug, name, time_zone, partition) values ($1, $2, $3, $4, $5)",
                tenant.tenant_id,
                tenant.slug,
                tenant.name,
                tenant.time_zone,
                tenant.partition,
            )

    async def get(self, tenant_id: str) -> Tenant | None:
        return await self._find(f"{_SELECT} where tenant_id = $1", tenant_id)

    async def find_by_slug(self, slug: str) -> Tenant | None:
        return await self._find(f"{_SELECT} where slug = $1", slug)

    async def list(self) -> list[Tenant]:
        async with plain_connection(self._pool) as connection:
            return [Tenant(*row) for row in await connection.fetch(f'{_SELECT} order by slug collate "C"')]

    async def describe(self, tenant_id: str, *, name: str, time_zone: str) -> None:
        async with tenant_transaction(self._pool, tenant_id) as connection:
            found = await connection.fetchval(
                "update tenant set name = $2, time_zone = $3 where tenant_id = $1 returning 1",
                tenant_id,
                name,
                time_zone,
            )
            if found is None:
                raise NotFoundError

    async def _find(self, statement: str, value: str) -> Tenant | None:
        async with plain_connection(self._pool) as connection:
            row = await connection.fetchrow(statement, value)
        return None if row is None else Tenant(*row)
