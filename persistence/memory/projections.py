"""Projections in memory."""

from collections.abc import Callable, Sequence

from persistence.errors import TenantMismatchError
from persistence.journal import partition_of
from persistence.projections import CallCursor, CallRecord, WrapUpRecord, check_step


class MemoryProjections:
    """Implements `persistence.projections.Projections`. `place` says in which partition a tenant lives."""

    def __init__(self, *, place: Callable[[str], int] = partition_of) -> None:
        self._place = place
        self.checkpoints: dict[tuple[str, str], int] = {}
        """By tenant and projection."""
        self.calls: dict[tuple[str, str], CallRecord] = {}
        self.wrap_ups: dict[tuple[str, str], WrapUpRecord] = {}

    async def checkpoint(self, projection: str, tenant_id: str) -> int:
        return self.checkpoints.get((tenant_id, projection), 0)

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
        if self._place(tenant_id) != partition:
            raise TenantMismatchError
        if self.checkpoints.get((tenant_id, projection), 0) != from_position:
            return False
        self.checkpoints[tenant_id, projection] = to_position
        self.calls |= {(tenant_id, call.call_id): call for call in calls}
        self.wrap_ups |= {(tenant_id, wrap_up.offer_id): wrap_up for wrap_up in wrap_ups}
        return True

    async def find_call(self, tenant_id: str, call_id: str) -> CallRecord | None:
        return self.calls.get((tenant_id, call_id))

    async def list_calls(
        self, tenant_id: str, *, queue_id: str | None = None, before: CallCursor | None = None, limit: int
    ) -> list[CallRecord]:
        found = [
            call
            for call in self.calls.values()
            if call.tenant_id == tenant_id
            and queue_id in (None, call.queue_id)
            and (before is None or _place_in_list(call) < _place_in_list(before))
        ]
        return sorted(found, key=_place_in_list, reverse=True)[:limit]

    async def list_wrap_ups(self, tenant_id: str, *, after: str = "", limit: int) -> list[WrapUpRecord]:
        mine = [row for row in self.wrap_ups.values() if row.tenant_id == tenant_id and row.offer_id > after]
        return sorted(mine, key=lambda row: row.offer_id)[:limit]


def _place_in_list(call: CallRecord | CallCursor) -> tuple[int, str]:
    return (call.ended_at_ms, call.call_id)
