"""Rows for reports in a simulated store: slow, failing at times, silent about what it did at others; all counted."""

import asyncio
from collections import Counter
from collections.abc import Sequence

from actors.simulation.faults import Faults
from persistence.errors import CommitUnknownError, StoreUnavailableError
from persistence.memory.projections import MemoryProjections
from persistence.projections import CallCursor, CallRecord, WrapUpRecord


class WrittenRows(MemoryProjections):
    """Remembers how often each row was written."""

    def __init__(self, faults: Faults) -> None:
        super().__init__()
        self._faults = faults
        self.times: Counter[tuple[str, str]] = Counter()

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
        moved = await super().apply(projection, tenant_id, partition, from_position, to_position, calls, wrap_ups)
        if moved:
            self.times.update((tenant_id, call.call_id) for call in calls)
            self.times.update((tenant_id, wrap_up.offer_id) for wrap_up in wrap_ups)
        return moved

    def from_afar(self) -> "RowsFromAfar":
        """The same store, as a process reaches it."""
        return RowsFromAfar(self, self._faults)


class RowsFromAfar:
    """Implements `persistence.projections.Projections` for a process."""

    def __init__(self, rows: WrittenRows, faults: Faults) -> None:
        self._rows = rows
        self._faults = faults

    async def checkpoint(self, projection: str, tenant_id: str) -> int:
        await self._travel()
        return await self._rows.checkpoint(projection, tenant_id)

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
        faults = self._faults
        await self._travel()
        if faults.strikes("commit_refused", faults.plan.commit_refused):
            raise StoreUnavailableError
        moved = await self._rows.apply(projection, tenant_id, partition, from_position, to_position, calls, wrap_ups)
        if faults.strikes("commit_answer_lost", faults.plan.commit_answer_lost):
            raise CommitUnknownError
        await self._travel()
        return moved

    async def find_call(self, tenant_id: str, call_id: str) -> CallRecord | None:
        await self._travel()
        return await self._rows.find_call(tenant_id, call_id)

    async def list_calls(
        self, tenant_id: str, *, queue_id: str | None = None, before: CallCursor | None = None, limit: int
    ) -> list[CallRecord]:
        await self._travel()
        return await self._rows.list_calls(tenant_id, queue_id=queue_id, before=before, limit=limit)

    async def list_wrap_ups(self, tenant_id: str, *, after: str = "", limit: int) -> list[WrapUpRecord]:
        return await self._rows.list_wrap_ups(tenant_id, after=after, limit=limit)

    async def _travel(self) -> None:
        """Half a round trip."""
        await asyncio.sleep(self._faults.rng.uniform(0.0002, 0.004))
