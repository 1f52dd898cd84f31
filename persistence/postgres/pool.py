"""Connections, and how the application's role uses one: with a tenant, for one transaction.

Row-level security shows and takes rows of that tenant alone; without one it shows none.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, TypeAlias

import asyncpg
from pgvector.asyncpg import register_vector

from persistence.errors import CommitUnknownError
from persistence.postgres.connect import Limits, connection_options
from persistence.postgres.failures import DRIVER_ERRORS, as_store_error, connection_is_gone

if TYPE_CHECKING:
    from asyncpg.pool import PoolConnectionProxy

Pool: TypeAlias = "asyncpg.Pool[asyncpg.Record]"
Connection: TypeAlias = "PoolConnectionProxy[asyncpg.Record]"

ACQUIRE_TIMEOUT_S = 5.0


async def open_pool(url: str, *, connections_max: int = 10, limits: Limits | None = None) -> Pool:
    """Open a pool that understands pgvector's types; whoever opens it awaits its `close()`.

    Raises `StoreUnavailableError` if the database cannot be reached now.
    """
    try:
        return await asyncpg.create_pool(
            url,
            min_size=1,
            max_size=connections_max,
            init=register_vector,
            reset=_nothing_lingers,
            **connection_options(limits or Limits()),
        )
    except DRIVER_ERRORS as error:
        raise as_store_error(error) from None


async def _nothing_lingers(_: "asyncpg.Connection[asyncpg.Record]") -> None:
    """Spare the round trip that would reset a session: the tenant is set for one transaction, and nothing else is."""


@asynccontextmanager
async def tenant_transaction(pool: Pool, tenant_id: str) -> AsyncIterator[Connection]:
    """One transaction that sees the rows of one tenant, committed at the end and rolled back by an error.

    Errors of the driver leave it as errors of `persistence.errors`: `CommitUnknownError` if the connection broke
    while the commit was under way, and for everything before that nothing was written.
    """
    async with plain_connection(pool) as connection:
        transaction = connection.transaction()
        await transaction.start()
        try:
            await connection.execute("select set_config('strowger.tenant_id', $1, true)", tenant_id)
            yield connection
        except BaseException:
            if not connection.is_closed():
                await transaction.rollback()
            raise
        try:
            await transaction.commit()
        except DRIVER_ERRORS as error:
            if connection_is_gone(error):
                raise CommitUnknownError from None
            raise


@asynccontextmanager
async def plain_connection(pool: Pool) -> AsyncIterator[Connection]:
    """A connection with no tenant set, for what tenants share; errors of the driver are translated.

    A pool whose connections are all busy for `ACQUIRE_TIMEOUT_S` is `StoreUnavailableError`, not an endless wait.
    """
    try:
        async with pool.acquire(timeout=ACQUIRE_TIMEOUT_S) as connection:
            yield connection
    except DRIVER_ERRORS as error:
        raise as_store_error(error) from None
