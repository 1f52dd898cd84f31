import pytest

from persistence.errors import ConflictError, NotFoundError
from persistence.journal import partition_of
from persistence.tenants import Tenant
from tests.contract.conftest import ASH, BIRCH, Stores


async def test_created_tenants_are_found_by_id_and_by_slug(stores: Stores) -> None:
    assert await stores.tenants.get("ash") == ASH
    assert await stores.tenants.find_by_slug("birch-clinic") == BIRCH
    assert await stores.tenants.list() == [ASH, BIRCH]
    assert ASH.partition == partition_of("ash")


async def test_unknown_tenant_is_none(stores: Stores) -> None:
    assert await stores.tenants.get("cedar") is None
    assert await stores.tenants.find_by_slug("ash") is None


@pytest.mark.parametrize(("tenant_id", "slug"), [("ash", "other"), ("other", "ash-clinic")])
async def test_tenant_whose_id_or_slug_is_taken_is_refused(stores: Stores, tenant_id: str, slug: str) -> None:
    with pytest.raises(ConflictError):
        await stores.tenants.create(Tenant.settled(tenant_id, slug, "Other", "UTC"))
    assert await stores.tenants.list() == [ASH, BIRCH]


async def test_described_tenant_has_its_new_name_and_time_zone(stores: Stores) -> None:
    await stores.tenants.describe("ash", name="Ash Practice", time_zone="Europe/Berlin")
    assert await stores.tenants.get("ash") == Tenant.settled("ash", "ash-clinic", "Ash Practice", "Europe/Berlin")
    assert await stores.tenants.get("birch") == BIRCH


async def test_describing_an_unknown_tenant_is_refused(stores: Stores) -> None:
    with pytest.raises(NotFoundError):
        await stores.tenants.describe("cedar", name="Cedar", time_zone="UTC")
