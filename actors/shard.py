"""A shard: one process that owns partitions of one kind and is the only one that writes them.

What it guarantees:

- *Acknowledged means durable.* Answers, frames, feeds and open steps of a batch leave after its commit.
- *One batch at a time.* Batch n+1 is decided after batch n has committed; meanwhile it forms in the mailbox.
- *Nothing outruns the journal.* If an append fails, everything in memory is thrown away and recovered from the journal;
  what was being decided is decided again, which is safe because commands and messages are idempotent.
- *One writer.* A partition whose append or confirmation comes back empty belongs to someone else now; it is dropped and
  never claimed back by this incarnation, which ends soon after.

After a crash a new incarnation claims the partitions, recovers, and asks every open step again.
"""

import asyncio
from collections.abc import Awaitable, Callable, Collection, Sequence

import structlog

from actors.batch import Batch, Item, Question
from actors.claims import Losses, retake, take
from actors.decider import Decider
from actors.domain import Domain
from actors.housekeeping import Housekeeping
from actors.mailbox import Mailbox
from actors.outbox import Outbox
from actors.partition import Partition
from actors.ports import Clock, Link, Peers
from actors.reads import answer
from actors.watchers import Watchers, agent_frame, call_frame, watch
from actors.wire import Envelope, Frame, NotOwner, Read, Subscribe
from engine.commands import Command, refused
from engine.messages import HoldingDigest
from engine.refusals import Refusal
from engine.roster import Roster
from engine.switchboard import Switchboard
from persistence.errors import StoreError, TenantMismatchError
from persistence.journal import Claim, Journal, Kind, partition_of

CONFIRM_S = 1.0
"""An answer that wrote nothing needs a claim that was confirmed so lately, by a clock that nobody can set back."""
SNAPSHOT_EVERY_FACTS = 20_000
RETRY_S_MIN = 0.05
RETRY_S_MAX = 2.0

ClaimPartitions = Callable[[Journal, Kind, Collection[int], str], Awaitable[list[Claim]]]


class Shard:
    """Owns partitions of one kind over a journal, a clock and links."""

    def __init__(
        self,
        domain: Domain,
        numbers: Sequence[int],
        *,
        journal: Journal,
        clock: Clock,
        peers: Peers,
        address: str,
        snapshot_every_facts: int = SNAPSHOT_EVERY_FACTS,
        on_recovered: Callable[[], None] = lambda: None,
    ) -> None:
        """Own the partitions `numbers`. `address` is where peers find this incarnation, and no other."""
        self._domain = domain
        self._numbers = tuple(numbers)
        self._journal = journal
        self._clock = clock
        self._peers = peers
        self._address = address
        self._on_recovered = on_recovered
        self._log = structlog.get_logger(kind=domain.kind.value)
        self._mailbox: Mailbox[Item] = Mailbox()
        self._watchers = Watchers()
        self._outbox = Outbox()
        self._decider = Decider(
            domain,
            is_watched=self._watchers.is_watched,
            confirmed=self._outbox.confirmed,
        )
        self._last_now_ms = 0
        self._pause_s = 0.0
        self._housekeeping = Housekeeping(journal, snapshot_every_facts)
        self._losses = Losses()
        self.ready = False
        self.commits = 0

    @property
    def partitions(self) -> dict[int, Partition]:
        """What is ours, by number."""
        return self._decider.partitions

    # -- life --------------------------------------------------------------------------------------

    async def run(self) -> None:
        """Claim, recover, and serve until cancelled. Returns soon after a partition came to belong to someone else."""
        try:
            await self._hold(take, self._numbers)
            while self.partitions and not self._losses.are_final:
                await self._round(await self._mailbox.take(self._patience_s()))
        finally:
            self._housekeeping.close()

    async def _round(self, items: list[Item]) -> None:
        """Decide, commit, and let go what had to wait for that."""
        batch = self._decide(items)
        owned = frozenset(self.partitions)
        try:
            kept = await self._commit(batch)
        except TenantMismatchError:
            self._log.warning("the store does not know a tenant of this batch, recovering")
            await self._hold(retake, owned)
            await self._sift(items)
        except StoreError as error:
            self._log.warning("commit failed, recovering", error=type(error).__name__)
            self._mailbox.put_back(items)
            await asyncio.sleep(self._pause_s)
            self._pause_s = min(RETRY_S_MAX, max(RETRY_S_MIN, 2 * self._pause_s))
            await self._hold(retake, owned)
        else:
            self._pause_s = 0.0
            self._release(batch, kept)
            if kept != owned:
                await self._hold(retake, owned)

    async def _sift(self, items: list[Item]) -> None:
        """The store does not know one of these tenants: decide tenant by tenant, and refuse the one to blame."""
        by_tenant: dict[str, list[Item]] = {}
        for item in items:
            by_tenant.setdefault(getattr(item[1], "tenant_id", ""), []).append(item)
        if len(by_tenant) > 1:
            for part in by_tenant.values():
                await self._round(part)
            return
        for link, frame in items:
            if isinstance(frame, Envelope) and isinstance(frame.body, Command):
                outcome = refused(frame.body.command_id, Refusal.UNKNOWN_TENANT)
                link.send(Envelope(frame.tenant_id, frame.epoch, outcome))

    def receive(self, link: Link, frame: Frame) -> None:
        """Take a frame from a peer. Never blocks; what exceeds a limit is refused at once."""
        match frame:
            case Envelope(body=Command() as command):
                if not self._mailbox.put_command(frame.tenant_id, (link, frame)):
                    outcome = refused(command.command_id, Refusal.OVERLOADED)
                    link.send(Envelope(frame.tenant_id, frame.epoch, outcome))
            case Read():
                # Unanswered is the refusal here: whoever reads asks again, and gives up in time.
                self._mailbox.put_command(frame.tenant_id, (link, frame))
            case _:
                self._mailbox.put((link, frame))

    def statistics(self) -> dict[str, int | bool]:
        """Numbers for people and metrics."""
        return {
            "ready": self.ready,
            "commits": self.commits,
            "mailbox": len(self._mailbox),
            "open_steps": len(self._outbox),
            "tenants": sum(len(partition.aggregates) for partition in self.partitions.values()),
        }

    async def _hold(self, claim: ClaimPartitions, numbers: Collection[int]) -> None:
        """Claim and recover until it works; nothing is answered meanwhile."""
        self.ready = False
        delay_s = RETRY_S_MIN
        while True:
            try:
                asked_at_s = asyncio.get_running_loop().time()
                claims = await claim(self._journal, self._domain.kind, numbers, self._address)
                await self._recover(claims, asked_at_s)
            except StoreError as error:
                self._log.warning("not recovered yet", error=type(error).__name__, retry_s=delay_s)
            else:
                self._on_recovered()
                return
            await asyncio.sleep(delay_s)
            delay_s = min(RETRY_S_MAX, delay_s * 2)

    async def _recover(self, claims: Sequence[Claim], asked_at_s: float) -> None:
        followers = {number: one.followers for number, one in self.partitions.items()}
        self._decider.hold({})
        self._outbox.clear()
        recovered = {}
        for claim in claims:
            partition = recovered[claim.partition] = Partition(self._domain, claim)
            partition.followers = followers.get(claim.partition, [])
            partition.confirmed_at_s = asked_at_s
            await partition.recover(self._journal)
            self._last_now_ms = max(self._last_now_ms, partition.last_at_ms)
        now_ms = self._now_ms()
        for partition in recovered.values():
            for aggregate in partition.aggregates.values():
                aggregate.recovered(now_ms)
                self._outbox.recovered(aggregate.tenant_id, aggregate.steps, now_ms)
        self._decider.hold(recovered)
        if len(recovered) < len(self._numbers):
            self._losses.note()
        self.ready = True
        for tenant_id, identity in self._watchers.watched():
            owned = recovered.get(partition_of(tenant_id))
            if owned is not None:
                self._show(owned, tenant_id, identity)
        self._log.info("recovered", partitions=len(claims), tenants=sum(len(p.aggregates) for p in recovered.values()))

    # -- rounds ------------------------------------------------------------------------------------

    def _now_ms(self) -> int:
        """The clock, never running backwards, nor behind what is written already."""
        self._last_now_ms = max(self._clock.now_ms(), self._last_now_ms)
        return self._last_now_ms

    def _patience_s(self) -> float:
        """How long to wait for the next item: until something is due."""
        times = [self._decider.next_deadline_ms(), self._outbox.next_deadline_ms(), self._housekeeping.next_ms]
        earliest = min(at for at in times if at is not None)
        return max(0.0, (earliest - self._clock.now_ms()) / 1_000)

    def _decide(self, items: list[Item]) -> Batch:
        batch = self._decider.decide(items, self._now_ms())
        if batch.now_ms >= self._housekeeping.next_ms:
            # Heartbeats are answers too: an owner that never writes must still find out that it has a successor.
            batch.unwritten |= self.partitions.keys()
        return batch

    # -- committing, and what follows from it --------------------------------------------------------

    async def _commit(self, batch: Batch) -> frozenset[int]:
        """Make the batch durable; the partitions that are (still) ours."""
        ours, time_s = frozenset(self.partitions), asyncio.get_running_loop().time
        if batch.entries:
            asked_at_s = time_s()
            entries = [entry for part in batch.entries.values() for entry in part]
            claims = list(batch.claims.values())
            written = await self._journal.append(self._domain.kind, claims, entries)
            self.commits += 1
            self._confirmed(written, asked_at_s)
            ours -= frozenset(batch.claims) - written
        asked_at_s = time_s()
        stale = [
            Claim(number, partition.epoch, partition.committed)
            for number in batch.unwritten & ours
            if (partition := self.partitions[number]).confirmed_at_s < asked_at_s - CONFIRM_S
        ]
        if stale:
            confirmed = await self._journal.confirm(self._domain.kind, stale)
            self._confirmed(confirmed, asked_at_s)
            ours -= frozenset(claim.partition for claim in stale) - confirmed
        return ours

    def _confirmed(self, numbers: frozenset[int], at_s: float) -> None:
        for number in numbers:
            self.partitions[number].confirmed_at_s = at_s

    def _release(self, batch: Batch, ours: frozenset[int]) -> None:
        """Everything that had to wait for the commit leaves, for the partitions that are ours."""
        now_ms = self._now_ms()
        for number in frozenset(self.partitions) - ours:
            self._drop(number)
        for number, entries in batch.entries.items():
            if number in ours:
                self.partitions[number].publish(entries)
        for number, link, reply in batch.answers:
            if number in ours:
                link.send(reply)
        for tenant_id, aggregate in batch.touched.items():
            number = partition_of(tenant_id)
            if number in ours:
                for step in self._outbox.collect(tenant_id, aggregate.steps, now_ms):
                    self._ask(tenant_id, Envelope(tenant_id, self.partitions[number].epoch, step))
        for tenant_id, identity in batch.changed:
            number = partition_of(tenant_id)
            if number in ours:
                self._show(self.partitions[number], tenant_id, identity)
        for number, link, request in batch.questions:
            if number in ours:
                self._serve(self.partitions[number], link, request)
        self._keep_time(now_ms)

    def _drop(self, number: int) -> None:
        """Someone else owns this partition now."""
        partition = self._decider.drop(number)
        self._losses.note()
        self._log.warning("partition lost to a newer incarnation", partition=number, epoch=partition.epoch)
        for tenant_id in partition.aggregates:
            self._outbox.forget(tenant_id)
        for link in partition.followers:
            link.send(NotOwner(self._domain.kind, number))

    def _ask(self, tenant_id: str, envelope: Envelope) -> None:
        self._peers.send(self._domain.asks, partition_of(tenant_id), envelope)

    def _show(self, partition: Partition, tenant_id: str, identity: str) -> None:
        aggregate = partition.aggregate(tenant_id)
        if isinstance(aggregate, Roster):
            self._watchers.tell(tenant_id, identity, agent_frame(aggregate, partition.epoch, identity))
        elif isinstance(aggregate, Switchboard):
            self._watchers.tell(tenant_id, identity, call_frame(aggregate, partition.epoch, identity))

    def _serve(self, partition: Partition, link: Link, request: Question) -> None:
        match request:
            case Subscribe():
                partition.subscribe(link, request)
            case Read():
                link.send(answer(partition.aggregate(request.tenant_id), partition.epoch, request))
            case _:
                aggregate = partition.aggregate(request.tenant_id)
                watch(self._watchers, aggregate, partition.epoch, request, link)

    def _keep_time(self, now_ms: int) -> None:
        """Ask again what is unanswered; heartbeats, digests and snapshots when their time has come."""
        for tenant_id, step in self._outbox.due(now_ms):
            epoch = self.partitions[partition_of(tenant_id)].epoch
            self._ask(tenant_id, Envelope(tenant_id, epoch, step))
        if self._housekeeping.tick(self.partitions.values(), now_ms, self._digest):
            self._watchers.sweep()

    def _digest(self, partition: Partition, tenant_id: str, digest: HoldingDigest) -> None:
        self._ask(tenant_id, Envelope(tenant_id, partition.epoch, digest))
