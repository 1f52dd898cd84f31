"""The stores of one house, in memory and in Postgres, with two tenants that must never meet."""

from collections.abc import AsyncIterator
from dataclasses import dataclass

import pytest

from persistence.accounts import Accounts
from persistence.memory.accounts import MemoryAccounts
from persistence.memory.notes import MemoryNotes
from persistence.memory.projections import MemoryProjections
from persistence.memory.sessions import MemorySessions
from persistence.memory.tenants import MemoryTenants
from persistence.memory.vault import MemoryVault
from persistence.notes import Notes
from persistence.postgres.accounts import PostgresAccounts
from persistence.postgres.notes import PostgresNotes
from persistence.postgres.pool import open_pool
from persistence.postgres.projections import PostgresProjections
from persistence.postgres.sessions import PostgresSessions
from persistence.postgres.tenants import PostgresTenants
from persistence.postgres.vault import PostgresVault
from persistence.projections import Projections
from persistence.sessions import Sessions
from persistence.tenants import Tenant, Tenants
from persistence.vault import Vault
from scripts.embedded.postgres import DatabaseUrls

ASH = Tenant.settled("ash", "ash-clinic", "Ash Clinic", "Europe/Paris")
BIRCH = Tenant.settled("birch", "birch-clinic", "Birch Clinic", "America/New_York")


@dataclass
class Stores:
    tenants: Tenants
    accounts: Accounts
    sessions: Sessions
    vault: Vault
    projections: Projections
    notes: Notes


@pytest.fixture(params=["memory", pytest.param("postgres", marks=pytest.mark.integration)])
async def stores(request: pytest.FixtureRequest) -> AsyncIterator[Stores]:
    if request.param == "memory":
        accounts = MemoryAccounts()
        vault = MemoryVault()
        stores = Stores(
            MemoryTenants(), accounts, MemorySessions(accounts), vault, MemoryProjections(), MemoryNotes(vault)
        )
        await _settle(stores)
        yield stores
        return
    database: DatabaseUrls = request.getfixturevalue("database")
    pool = await open_pool(database.app_url)
    stores = Stores(
        PostgresTenants(pool),
        PostgresAccounts(pool),
        PostgresSessions(pool),
        PostgresVault(pool),
        PostgresProjections(pool),
        PostgresNotes(pool),
    )
    await _settle(stores)
    yield stores
    await pool.close()


async def _settle(stores: Stores) -> None:
    await stores.tenants.create(ASH)
    await stores.tenants.create(BIRCH)
