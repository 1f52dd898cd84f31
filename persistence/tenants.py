"""Tenants: the clinics that share a house."""

from typing import Protocol

import msgspec

from persistence.journal import partition_of


class Tenant(msgspec.Struct, frozen=True):
    """One clinic. `time_zone` is a name of the IANA database; `partition` never changes."""

    tenant_id: str
    slug: str
    name: str
    time_zone: str
    partition: int

    @classmethod
    def settled(cls, tenant_id: str, slug: str, name: str, time_zone: str) -> "Tenant":
        """A tenant in the partition that its id belongs to."""
        return cls(tenant_id, slug, name, time_zone, partition_of(tenant_id))


class Tenants(Protocol):
    """Every method may raise `StoreUnavailableError`."""

    async def create(self, tenant: Tenant) -> None:
        """Raises `ConflictError` if its id or slug is taken."""

    async def get(self, tenant_id: str) -> Tenant | None: ...

    async def find_by_slug(self, slug: str) -> Tenant | None: ...

    async def list(self) -> list[Tenant]:
        """All tenants by slug."""

    async def describe(self, tenant_id: str, *, name: str, time_zone: str) -> None:
        """Give a tenant another name and time zone. Raises `NotFoundError`."""
