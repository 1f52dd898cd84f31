"""Everything that is derived from the journal, proven against it: `verify` reads the whole and changes nothing.

It may run beside a working system: it goes by the heads as they stood when it began, and what is written meanwhile is
none of its business.
"""

from collections.abc import Callable

import msgspec

from actors.beginning import form_of
from actors.domain import AGENT_DOMAIN, QUEUE_DOMAIN, Domain
from actors.projector import Rows, add_row
from actors.verification.findings import Report
from actors.verification.pictures import PictureReplay, where_of
from actors.verification.rows import RowsOf, call_records, wrap_up_records
from actors.verification.stream import StreamReplay
from engine.events import Fact
from engine.livepicture.stored import VERSION
from persistence.journal import Head, Journal, Kind, Snapshot
from persistence.projections import CallRecord, Projections, WrapUpRecord

OnEntries = Callable[[int], None]


async def verify(journal: Journal, projections: Projections, on_entries: OnEntries) -> Report:
    """Replay every stream and compare. `on_entries(count)` is called as entries are read. Raises `StoreError`."""
    report = Report()
    heads = {(head.kind, head.partition): head for head in await journal.heads() if head.position}
    for partition in sorted({partition for _, partition in heads}):
        await _Partition(partition, heads, report, on_entries).verify(journal, projections)
    return report


class _Partition:
    """One partition: its two streams and what the supervisor and the projector made of them."""

    def __init__(
        self, partition: int, heads: dict[tuple[Kind, int], Head], report: Report, on_entries: OnEntries
    ) -> None:
        self._partition = partition
        self._heads = heads
        self._report = report
        self._on_entries = on_entries
        self._calls: dict[str, RowsOf[CallRecord]] = {}
        self._wrap_ups: dict[str, RowsOf[WrapUpRecord]] = {}
        self._pictures: dict[str, PictureReplay] = {}

    async def verify(self, journal: Journal, projections: Projections) -> None:
        for snapshot in await journal.snapshots(Kind.SUPERVISOR, self._partition):
            self._expect_picture(snapshot)
        queue = await self._replay(journal, QUEUE_DOMAIN)
        agent = await self._replay(journal, AGENT_DOMAIN)
        for picture in self._pictures.values():
            picture.compare(self._report)
        for tenant_id, calls in self._calls.items():
            stored = call_records(projections, tenant_id)
            await calls.compare(projections, stored, self._report, read_to=queue.position, complete=queue.complete)
        for tenant_id, wrap_ups in self._wrap_ups.items():
            done = wrap_up_records(projections, tenant_id)
            await wrap_ups.compare(projections, done, self._report, read_to=agent.position, complete=agent.complete)

    def _expect_picture(self, snapshot: Snapshot) -> None:
        form = form_of(snapshot)
        if form not in {VERSION, None}:
            self._report.other_form += 1
            return
        try:
            self._pictures[snapshot.tenant_id] = PictureReplay(snapshot)
        except msgspec.MsgspecError:
            self._report.add("snapshot_unreadable", where_of(snapshot), "The saved picture cannot be read.")

    async def _replay(self, journal: Journal, domain: Domain) -> StreamReplay:
        head = self._heads.get((domain.kind, self._partition)) or Head(domain.kind, self._partition, 0, 0, "")

        def hear(tenant_id: str, fact: Fact, position: int) -> None:
            self._on_entries(1)
            if not replay.sound:
                self._pictures.clear()
            self._hear(domain.kind, tenant_id, fact, position)

        replay = StreamReplay(domain, head, self._report, hear)
        if head.position:
            self._report.streams += 1
            await replay.run(journal)
        return replay

    def _hear(self, kind: Kind, tenant_id: str, fact: Fact, position: int) -> None:
        picture = self._pictures.get(tenant_id)
        if picture is not None:
            picture.hear(kind, fact, position)
        rows = Rows()
        add_row(rows, tenant_id, fact)
        calls = self._calls.setdefault(tenant_id, RowsOf("call_records", tenant_id, lambda row: row.call_id))
        wrap_ups = self._wrap_ups.setdefault(tenant_id, RowsOf("wrap_up_records", tenant_id, lambda row: row.offer_id))
        for call in rows.calls:
            calls.expect(call, position)
        for wrap_up in rows.wrap_ups:
            wrap_ups.expect(wrap_up, position)
