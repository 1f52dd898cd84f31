"""The projector: writes rows for reports from both journals, each exactly once.

Each tenant has a checkpoint of its own in each of the two projections, and rows move together with it or not at all.
So the projector may crash, be two at once, or try again after a failure whose outcome is unknown: it asks for the
checkpoint and goes on from there.

Where to begin is found without reading everything: the owners' newest snapshots name all tenants that had facts by
then, and every other tenant's facts came after them. Tenants that are quiet have their checkpoints moved along now
and then, so that a restart need not look at what all others did since.
"""

import asyncio
from collections.abc import Sequence

import msgspec
import structlog

from engine import events as e
from engine.events import Fact, decode_fact
from persistence.errors import CommitUnknownError, StoreError
from persistence.journal import Entry, Journal, Kind
from persistence.projections import CallRecord, Projections, WrapUpRecord

POLL_S = 1.0
RETRY_S_MIN = 0.1
RETRY_S_MAX = 5.0
IDLE_POSITIONS_MAX = 10_000
"""How far a stream may run ahead of a quiet tenant's checkpoint before that is moved along."""

CALL_ENDED = str(e.CallEnded.__struct_config__.tag)
WRAP_UP_COMPLETED = str(e.WrapUpCompleted.__struct_config__.tag)


class CheckpointMovedError(StoreError):
    """Someone else has moved this checkpoint; look where it is and go on from there."""


class Rows(msgspec.Struct):
    """What one page of a stream gives for one tenant."""

    calls: list[CallRecord] = []
    wrap_ups: list[WrapUpRecord] = []


class Stream:
    """One stream on its way into one projection: how far it was read, and each tenant's checkpoint.

    Only events of one type give rows; the others are not even decoded.
    """

    def __init__(self, kind: Kind, partition: int, projection: str, type_: str) -> None:
        self.kind = kind
        self.partition = partition
        self.projection = projection
        self.type = type_
        self.position: int | None = None
        self.checkpoints: dict[str, int] = {}

    def forget(self) -> None:
        """What is remembered of the checkpoints may be wrong: ask for them again."""
        self.position = None
        self.checkpoints = {}


class Projector:
    """Turns facts into rows. Stateless but for what it remembers of the checkpoints."""

    def __init__(self, journal: Journal, projections: Projections, numbers: Sequence[int]) -> None:
        self._journal = journal
        self._projections = projections
        self._log = structlog.get_logger(part="projector")
        self._woken = asyncio.Event()
        self._streams = [
            stream
            for number in numbers
            for stream in (
                Stream(Kind.QUEUE, number, "call_records", CALL_ENDED),
                Stream(Kind.AGENT, number, "wrap_up_records", WRAP_UP_COMPLETED),
            )
        ]

    async def run(self) -> None:
        """Project until cancelled."""
        delay_s = RETRY_S_MIN
        while True:
            self._woken.clear()
            try:
                await self._catch_up()
            except StoreError as error:
                self._log.warning("not projected", error=type(error).__name__, retry_s=delay_s)
                await asyncio.sleep(delay_s)
                delay_s = min(RETRY_S_MAX, delay_s * 2)
                continue
            delay_s = RETRY_S_MIN
            try:
                async with asyncio.timeout(POLL_S):
                    await self._woken.wait()
            except TimeoutError:
                continue

    def wake(self) -> None:
        """There may be something to project: do not wait for the next poll."""
        self._woken.set()

    async def _catch_up(self) -> None:
        heads = {(head.kind, head.partition): head.position for head in await self._journal.heads()}
        for stream in self._streams:
            end = heads.get((stream.kind, stream.partition), 0)
            if end == 0:
                continue
            if stream.position is None:
                await self._begin(stream)
            if stream.position is not None and stream.position < end:
                async for page in self._journal.read(stream.kind, stream.partition, stream.position, up_to=end):
                    await self._project(stream, page)

    async def _begin(self, stream: Stream) -> None:
        """Find the earliest place from which a tenant's rows are still to be written."""
        snapshots = await self._journal.snapshots(stream.kind, stream.partition)
        for snapshot in snapshots:
            await self._ask_checkpoint(stream, snapshot.tenant_id)
        covered = min((snapshot.position for snapshot in snapshots), default=0)
        stream.position = min([covered, *stream.checkpoints.values()])

    async def _project(self, stream: Stream, page: Sequence[Entry]) -> None:
        end = page[-1].position
        rows: dict[str, Rows] = {}
        for entry in page:
            if entry.tenant_id not in stream.checkpoints:
                await self._ask_checkpoint(stream, entry.tenant_id)
            if entry.position > stream.checkpoints[entry.tenant_id]:
                found = rows.setdefault(entry.tenant_id, Rows())
                if entry.type == stream.type:
                    add_row(found, entry.tenant_id, decode_fact(entry.payload))
        for tenant_id, checkpoint in list(stream.checkpoints.items()):
            if tenant_id in rows or end - checkpoint >= IDLE_POSITIONS_MAX:
                await self._write(stream, tenant_id, end, rows.get(tenant_id, Rows()))
        stream.position = end

    async def _write(self, stream: Stream, tenant_id: str, end: int, rows: Rows) -> None:
        """Move one tenant on to `end`. Where someone else, or we ourselves unknowingly, moved it, start over."""
        try:
            moved = await self._projections.apply(
                stream.projection,
                tenant_id,
                stream.partition,
                stream.checkpoints[tenant_id],
                end,
                rows.calls,
                rows.wrap_ups,
            )
        except CommitUnknownError:
            stream.forget()
            raise
        if not moved:
            stream.forget()
            raise CheckpointMovedError
        stream.checkpoints[tenant_id] = end

    async def _ask_checkpoint(self, stream: Stream, tenant_id: str) -> None:
        stream.checkpoints[tenant_id] = await self._projections.checkpoint(stream.projection, tenant_id)


def add_row(rows: Rows, tenant_id: str, fact: Fact) -> None:
    """The row that a fact gives, if it gives one. A clock that went back at a failover gives no negative durations."""
    match fact.event:
        case e.CallEnded(call_id=call_id, outcome=outcome, summary=summary):
            answered_at_ms = summary.answered_at_ms
            waited_until_ms = fact.at_ms if answered_at_ms is None else answered_at_ms
            record = CallRecord(
                tenant_id=tenant_id,
                call_id=call_id,
                queue_id=summary.queue_id,
                subject_id=summary.subject_id,
                agent_id=summary.agent_id,
                priority=summary.priority,
                arrived_at_ms=summary.arrived_at_ms,
                first_offered_at_ms=summary.first_offered_at_ms,
                answered_at_ms=answered_at_ms,
                ended_at_ms=fact.at_ms,
                wait_ms=max(0, waited_until_ms - summary.arrived_at_ms),
                talk_ms=max(0, fact.at_ms - waited_until_ms - summary.hold_ms),
                hold_ms=max(0, summary.hold_ms),
                offers=summary.attempts,
                outcome=outcome.value,
                ended_by=fact.cause.principal.role.value,
            )
            rows.calls.append(record)
        case e.WrapUpCompleted() as done:
            wrap_up = WrapUpRecord(
                tenant_id=tenant_id,
                offer_id=done.offer_id,
                call_id=done.call_id,
                agent_id=done.agent_id,
                started_at_ms=done.started_at_ms,
                ended_at_ms=fact.at_ms,
                disposition=done.disposition,
            )
            rows.wrap_ups.append(wrap_up)
