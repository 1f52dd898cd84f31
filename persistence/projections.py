"""Projections: rows for reports, written from the journal exactly once.

Each tenant has a checkpoint in each projection: the position up to which its rows are written. Rows and checkpoint
move together or not at all, so whoever projects may crash, be two at once, or try again.
"""

from collections.abc import Sequence
from typing import Protocol

import msgspec


class CallRecord(msgspec.Struct, frozen=True):
    """One ended call. Times are on the clock of the queue's owner, in milliseconds since the epoch."""

    tenant_id: str
    call_id: str
    queue_id: str
    subject_id: str | None
    agent_id: str | None
    """Who answered it last; None if nobody did."""
    priority: int
    arrived_at_ms: int
    first_offered_at_ms: int | None
    answered_at_ms: int | None
    ended_at_ms: int
    wait_ms: int
    talk_ms: int
    hold_ms: int
    offers: int
    outcome: str
    """`answered`, `abandoned` and so on: the engine's word."""
    ended_by: str


class WrapUpRecord(msgspec.Struct, frozen=True):
    """What one agent did after one call; an offer leads to one wrap-up at most."""

    tenant_id: str
    offer_id: str
    call_id: str
    agent_id: str
    started_at_ms: int
    ended_at_ms: int
    disposition: str | None


class CallCursor(msgspec.Struct, frozen=True):
    """A place in the list of calls: the last call of the page before."""

    ended_at_ms: int
    call_id: str


class Projections(Protocol):
    """Every method may raise `StoreUnavailableError`; `apply` also `CommitUnknownError`: ask `checkpoint` then."""

    async def checkpoint(self, projection: str, tenant_id: str) -> int:
        """The position up to which rows are written; 0 if there are none yet."""

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
        """Write rows and move the checkpoint, together; False (nothing written) if it is not at `from_position`.

        A row that exists is replaced, the last of several winning, so that a projection can be written anew.
        Raises `TenantMismatchError` if the tenant does not live in the partition.
        """

    async def find_call(self, tenant_id: str, call_id: str) -> CallRecord | None:
        """One ended call, once its row is written."""

    async def list_calls(
        self, tenant_id: str, *, queue_id: str | None = None, before: CallCursor | None = None, limit: int
    ) -> list[CallRecord]:
        """Ended calls, the last ended first, at most `limit`; continue with the last one as `before`."""

    async def list_wrap_ups(self, tenant_id: str, *, after: str = "", limit: int) -> list[WrapUpRecord]:
        """Wrap-ups by offer, at most `limit`; continue with the last one's offer as `after`."""


def check_step(tenant_id: str, from_position: int, to_position: int, rows: Sequence[CallRecord | WrapUpRecord]) -> None:
    """Refuse a step that goes backwards or carries rows of another tenant, which would be our own mistake."""
    if not 0 <= from_position < to_position:
        raise ValueError(f"A projection cannot move from position {from_position} to {to_position}.")
    if any(row.tenant_id != tenant_id for row in rows):
        raise ValueError("A projection's step carries a row of another tenant.")
