"""What a database needs after it was restored, before a house may run on it.

A restore turns the clock back: persons who were erased since are there again, and epochs that were claimed since can be
claimed again. Both are put right here, from what does not go back: the ledger, which is kept with the keys, and a leap
of the epochs that no number of claims can have made.
"""

import msgspec

from persistence.migrate import owner_connection
from persistence.postgres.pool import open_pool, tenant_transaction
from persistence.postgres.tenants import PostgresTenants
from persistence.postgres.vault import PostgresVault

EPOCH_LEAP = 1_000_000

_WITHOUT_KEY = """
select count(*) from subject s
where s.tenant_id = $1 and not exists (
    select from keyring.subject_key k where k.tenant_id = s.tenant_id and k.subject_id = s.subject_id)
"""
_KEYS_OF_NOBODY = """
with gone as (
    delete from keyring.subject_key k
    where k.tenant_id = $1 and not exists (
        select from subject s where s.tenant_id = k.tenant_id and s.subject_id = k.subject_id)
    returning 1)
select count(*) from gone
"""


class Persons(msgspec.Struct):
    """What a restore did to persons: `erased_again` by the ledger, `unreadable` without a key, and keys of nobody."""

    erased_again: int = 0
    unreadable: int = 0
    keys_removed: int = 0


async def leap_epochs(owner_url: str) -> None:
    """Shut out every process that worked before the restore. Raises `StoreError`."""
    async with owner_connection(owner_url) as connection:
        await connection.execute("update partition_head set epoch = epoch + $1", EPOCH_LEAP)


async def settle_persons(app_url: str) -> Persons:
    """Apply the ledger of erasures again, for every tenant, and remove keys of persons who are not in the data.

    Raises `StoreError`; safe to run again.
    """
    found = Persons()
    pool = await open_pool(app_url, connections_max=1)
    try:
        vault = PostgresVault(pool)
        for tenant in await PostgresTenants(pool).list():
            found.erased_again += len(await vault.reapply_erasures(tenant.tenant_id))
            async with tenant_transaction(pool, tenant.tenant_id) as connection:
                found.keys_removed += await connection.fetchval(_KEYS_OF_NOBODY, tenant.tenant_id)
                found.unreadable += await connection.fetchval(_WITHOUT_KEY, tenant.tenant_id)
    finally:
        await pool.close()
    return found
