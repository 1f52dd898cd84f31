"""The one connection that appends go through, so that no read ever stands before a commit.

Its statement is prepared once. A connection that broke is thrown away and opened again by the next append.
"""

import asyncio
from typing import Any

import asyncpg

from persistence.errors import CommitUnknownError
from persistence.postgres.connect import Limits, connection_options
from persistence.postgres.failures import DRIVER_ERRORS, as_store_error, connection_is_gone
from persistence.sql import query


class AppendLine:
    """Runs the append statement, one at a time; each run is a transaction that ends with the statement."""

    def __init__(self, url: str, limits: Limits) -> None:
        self._url = url
        self._limits = limits
        self._turn = asyncio.Lock()
        self._connection: asyncpg.Connection[asyncpg.Record] | None = None
        self._statement: asyncpg.prepared_stmt.PreparedStatement[asyncpg.Record] | None = None

    async def open(self) -> None:
        """Connect now rather than at the first append. Raises `StoreUnavailableError`."""
        async with self._turn:
            await self._prepared()

    async def close(self) -> None:
        async with self._turn:
            connection, self._connection, self._statement = self._connection, None, None
            if connection is not None and not connection.is_closed():
                await connection.close(timeout=self._limits.connect_timeout_s)

    async def run(self, *arguments: Any) -> list[asyncpg.Record]:
        """Run it once. Raises `CommitUnknownError` if the connection broke between question and answer."""
        async with self._turn:
            statement = await self._prepared()
            try:
                return await statement.fetch(*arguments)
            except DRIVER_ERRORS as error:
                if not connection_is_gone(error):
                    raise as_store_error(error) from None
                self._throw_away()
                raise CommitUnknownError from None
            except asyncio.CancelledError:
                # The statement may be under way; whoever comes next must not find this connection half-used.
                self._throw_away()
                raise

    async def _prepared(self) -> "asyncpg.prepared_stmt.PreparedStatement[asyncpg.Record]":
        if self._statement is not None and self._connection is not None and not self._connection.is_closed():
            return self._statement
        self._throw_away()
        # Arrays differ in length each time and the plan never should: planning anew costs more than running.
        options = connection_options(self._limits, plan_cache_mode="force_generic_plan")
        try:
            self._connection = await asyncpg.connect(self._url, **options)
            self._statement = await self._connection.prepare(query("journal_append"))
        except DRIVER_ERRORS as error:
            self._throw_away()
            raise as_store_error(error) from None
        return self._statement

    def _throw_away(self) -> None:
        connection, self._connection, self._statement = self._connection, None, None
        if connection is not None and not connection.is_closed():
            connection.terminate()
