"""The rows of reports, held against the facts that gave them."""

from collections.abc import AsyncIterator, Callable
from typing import Generic, TypeVar

from actors.verification.findings import Report
from persistence.projections import CallCursor, CallRecord, Projections, WrapUpRecord

PAGE_ROWS = 1_000

R = TypeVar("R", CallRecord, WrapUpRecord)


class RowsOf(Generic[R]):
    """One tenant's rows in one projection: collected as the facts say, then compared with what is stored."""

    def __init__(self, projection: str, tenant_id: str, key_of: Callable[[R], str]) -> None:
        self._projection = projection
        self._tenant_id = tenant_id
        self._key_of: Callable[[R], str] = key_of
        self._expected: dict[str, tuple[int, R]] = {}

    def expect(self, row: R, position: int) -> None:
        """A fact at this position gives this row."""
        self._expected[self._key_of(row)] = (position, row)

    async def compare(
        self, projections: Projections, stored: AsyncIterator[R], report: Report, *, read_to: int, complete: bool
    ) -> None:
        """Hold what is stored against it, while the projector may go on writing.

        `read_to`: how far the stream was read. `complete`: from its beginning, so that a row without a fact is one too
        many.
        """
        written_to = await projections.checkpoint(self._projection, self._tenant_id)
        missing = {key for key, (position, _) in self._expected.items() if position <= written_to}
        strange = []
        async for row in stored:
            report.rows += 1
            key = self._key_of(row)
            missing.discard(key)
            _, expected = self._expected.get(key, (0, None))
            if expected is None:
                strange.append(key)
            elif expected != row:
                self._found(
                    report, "row_differs", key, f"is not what its event says: {_differing_columns(expected, row)}"
                )
        for key in sorted(missing):
            self._found(report, "row_missing", key, "is not written though the checkpoint is past its event")
        if complete and strange and await projections.checkpoint(self._projection, self._tenant_id) <= read_to:
            for key in strange:
                self._found(report, "row_without_event", key, "has no event")

    def _found(self, report: Report, code: str, key: str, what: str) -> None:
        report.add(code, f"{self._projection}, {self._tenant_id}", f"The row of {key} {what}.")


def _differing_columns(expected: R, row: R) -> str:
    return ", ".join(name for name in row.__struct_fields__ if getattr(row, name) != getattr(expected, name))


async def call_records(projections: Projections, tenant_id: str) -> AsyncIterator[CallRecord]:
    """All calls of a tenant, the last ended first."""
    before = None
    while page := await projections.list_calls(tenant_id, before=before, limit=PAGE_ROWS):
        for row in page:
            yield row
        before = CallCursor(page[-1].ended_at_ms, page[-1].call_id)


async def wrap_up_records(projections: Projections, tenant_id: str) -> AsyncIterator[WrapUpRecord]:
    """All wrap-ups of a tenant, by offer."""
    after = ""
    while page := await projections.list_wrap_ups(tenant_id, after=after, limit=PAGE_ROWS):
        for row in page:
            yield row
        after = page[-1].offer_id
