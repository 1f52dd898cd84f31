"""Tenants in memory."""

import msgspec

from persistence.errors import ConflictError, NotFoundError
from persistence.tenants import Tenant


class MemoryTenants:
    """Implements `persistence.tenants.Tenants`."""

    def __init__(self) -> None:
        self.rows: dict[str, Tenant] = {}

    async def create(self, tenant: Tenant) -> None:
        if tenant.tenant_id in self.rows or await self.find_by_slug(tenant.slug):
            raise ConflictError
        self.rows[tenant.tenant_id] = tenant

    async def get(self, tenant_id: str) -> Tenant | None:
        return self.rows.get(tenant_id)

    async def find_by_slug(self, slug: str) -> Tenant | None:
        return next((tenant for tenant in self.rows.values() if tenant.slug == slug), None)

    async def list(self) -> list[Tenant]:
        return sorted(self.rows.values(), key=lambda tenant: tenant.slug)

    async def describe(self, tenant_id: str, *, name: str, time_zone: str) -> None:
        if tenant_id not in self.rows:
            raise NotFoundError
        self.rows[tenant_id] = msgspec.structs.replace(self.rows[tenant_id], name=name, time_zone=time_zone)
