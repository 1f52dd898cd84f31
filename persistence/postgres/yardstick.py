"""The bare commit of a database, as a yardstick: what no journal on it can be faster than."""

from collections.abc import Awaitable, Callable

import asyncpg


async def open_commit_yardstick(url: str) -> tuple[Callable[[], Awaitable[object]], Callable[[], Awaitable[None]]]:
    """An operation that makes one durable commit and touches no table, and its closing.

    A transactional logical message is the smallest thing that Postgres writes and flushes to its log.
    """
    connection = await asyncpg.connect(url)

    async def commit() -> object:
        return await connection.fetchval("SELECT pg_logical_emit_message(true, 'strowger', 'yardstick')")

    return commit, connection.close
