"""Projections in Postgres."""

from collections.abc import Iterable, Sequence

import msgspec

from persistence.postgres.pool import Pool, tenant_transaction
from persistence.projections import CallCursor, CallRecord, WrapUpRecord, check_step
from persistence.sql import query

_BEFORE_NOTHING = CallCursor(2**63 - 1, "")
"""A cursor that every call comes after, so that the first page has the same plan as the others."""


class PostgresProjections:
    """Implements `persistence.projections.Projections`."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    async def checkpoint(self, projection: str, tenant_id: str) -> int:
        async with tenant_transaction(self._pool, tenant_id) as connection:
            position: int | None = await connection.fetchval(
                "select position from projection_checkpoint where tenant_id = $1 and projection = $2",
                tenant_id,
                projection,
            )
        return position or 0

    async def apply(
        self,
        projection: str,
        tenant_id: str,
        partition: int,
        from_position: int,
        to_position: int,
        calls: Sequence[CallRecord],
        wrap_ups: Sequence[WrapUpRecord],
    ) -> bool:
        check_step(tenant_id, from_position, to_position, [*calls, *wrap_ups])
        async with tenant_transaction(self._pool, tenant_id) as connection:
            moved = await connection.fetchval(
                query("projection_move"), tenant_id, projection, partition, from_position, to_position
            )
            if moved is None:
                return False
            if calls:
                newest = {call.call_id: call for call in calls}
                await connection.execute(query("call_record_write"), *_columns(newest.values()))
            if wrap_ups:
                last = {wrap_up.offer_id: wrap_up for wrap_up in wrap_ups}
                await connection.execute(query("wrap_up_record_write"), *_columns(last.values()))
        return True

    async def find_call(self, tenant_id: str, call_id: str) -> CallRecord | None:
        async with tenant_transaction(self._pool, tenant_id) as connection:
            row = await connection.fetchrow(query("call_record_find"), tenant_id, call_id)
        return CallRecord(*row) if row is not None else None

    async def list_calls(
        self, tenant_id: str, *, queue_id: str | None = None, before: CallCursor | None = None, limit: int
    ) -> list[CallRecord]:
        cursor = before or _BEFORE_NOTHING
        name = "call_record_list" if queue_id is None else "call_record_list_of_queue"
        scope = (tenant_id,) if queue_id is None else (tenant_id, queue_id)
        async with tenant_transaction(self._pool, tenant_id) as connection:
            rows = await connection.fetch(query(name), cursor.ended_at_ms, cursor.call_id, limit, *scope)
        return [CallRecord(*row) for row in rows]

    async def list_wrap_ups(self, tenant_id: str, *, after: str = "", limit: int) -> list[WrapUpRecord]:
        async with tenant_transaction(self._pool, tenant_id) as connection:
            rows = await connection.fetch(query("wrap_up_record_list"), tenant_id, after, limit)
        return [WrapUpRecord(*row) for row in rows]


def _columns(rows: Iterable[msgspec.Struct]) -> Iterable[list[object]]:
    """The fields of the rows, one list for each, in the order in which the struct declares them."""
    return (list(column) for column in zip(*map(msgspec.structs.astuple, rows), strict=True))
