"""The supervisor: the live picture of every tenant of its partitions, told to all gateways as deltas.

What it guarantees:

- *Every fact once.* It follows both journals without a gap; what its feeds miss it reads from the journal, and once a
  second it holds its positions against the journal's heads, so that no dead link can keep it behind for long.
- *Deltas add up.* The picture that `ReadLive` gives at a position is what all deltas up to it have led to.
- *One publisher.* A partition that was claimed by another incarnation is dropped within about a second; until then the
  lower epoch of its deltas tells readers to ignore them. With none left, or a while after the first loss, `run`
  returns.
- *No fact hangs on Redis.* A frame that cannot be published is lost; readers see the gap.

After a crash a new incarnation continues from the saved pictures and the tail of both journals, under a new epoch.
"""

import asyncio
from collections.abc import Sequence

import structlog

from actors.claims import Losses, retake, take
from actors.follower import Follower
from actors.mailbox import Mailbox
from actors.pictures import PartitionPictures
from actors.ports import Clock, Link, Peers
from actors.publisher import PUBLISH_PAUSE_MS, Publish, Publisher
from actors.together import until_one_ends
from actors.wire import FeedChunk, FeedFacts, FeedReady, Frame, Live, NotOwner, ReadLive, chunks
from engine.livepicture.frames import LivePicture, encode
from persistence.errors import StoreError
from persistence.journal import Journal, Kind, partition_of

TICK_MS = 250
"""How often followers and heartbeats are looked at when nothing arrives."""
KEEP_S = 1.0
"""How often claims and positions are held against the journal's heads."""
HEARTBEAT_MS = 5_000
SAVE_EVERY_MS = 30_000
SAVE_EVERY_FACTS = 50_000
RETRY_S_MIN = 0.05
RETRY_S_MAX = 2.0

Item = tuple[Kind | Link, Frame]


class Supervisor:
    """Follows queues and agents, keeps the pictures, publishes what changes."""

    def __init__(
        self,
        numbers: Sequence[int],
        *,
        journal: Journal,
        clock: Clock,
        peers: Peers,
        publish: Publish,
        address: str,
        save_every_facts: int = SAVE_EVERY_FACTS,
        save_every_ms: int = SAVE_EVERY_MS,
    ) -> None:
        """Picture the partitions `numbers`. `address` is where readers find this incarnation, and no other."""
        self._numbers = tuple(numbers)
        self._journal = journal
        self._clock = clock
        self._peers = peers
        self._publisher = Publisher(publish)
        self._address = address
        self._save_every_facts = save_every_facts
        self._save_every_ms = save_every_ms
        self._log = structlog.get_logger(kind=Kind.SUPERVISOR.value)
        self._mailbox: Mailbox[Item] = Mailbox()
        self._next_tick_ms = 0
        self._catch_up_at_ms = 0
        self._heartbeat_at_ms: dict[str, int] = {}
        self._losses = Losses()
        self.partitions: dict[int, PartitionPictures] = {}
        self.ready = False

    # -- life --------------------------------------------------------------------------------------

    async def run(self) -> None:
        """Claim, recover, follow and publish until cancelled. Returns soon after a partition became someone else's."""
        await self._start()
        try:
            await until_one_ends(self._follow(), self._keep())
        finally:
            self.ready = False
            await self._publisher.close()

    def receive(self, kind: Kind, frame: Frame) -> None:
        """Take a frame from an owner of this kind."""
        self._mailbox.put((kind, frame))

    def receive_from(self, link: Link, frame: Frame) -> None:
        """Take a request from a peer, to be answered on its link. What exceeds a limit is not: the peer asks again."""
        if isinstance(frame, ReadLive):
            self._mailbox.put_command(frame.tenant_id, (link, frame))
        else:
            self._log.warning("unexpected frame", frame=type(frame).__name__)

    def link_lost(self, kind: Kind) -> None:
        """A link to owners of this kind is gone: ask at once who owns their partitions now."""
        for partition in self.partitions.values():
            (partition.queue if kind is Kind.QUEUE else partition.agent).lost()

    def statistics(self) -> dict[str, int | bool]:
        """Numbers for people and metrics."""
        partitions = self.partitions.values()
        return {
            "ready": self.ready,
            "mailbox": len(self._mailbox),
            "tenants": sum(len(partition.pictures) for partition in partitions),
            "unsaved_facts": sum(partition.unsaved_facts for partition in partitions),
            "feeds_behind": sum(follower.behind for partition in partitions for follower in partition.followers),
            "published": self._publisher.published,
            "publish_failures": self._publisher.failed,
        }

    async def _start(self) -> None:
        delay_s = RETRY_S_MIN
        while True:
            try:
                claims = await take(self._journal, Kind.SUPERVISOR, self._numbers, self._address)
                recovered = {claim.partition: PartitionPictures(claim) for claim in claims}
                for partition in recovered.values():
                    await partition.recover(self._journal, self._clock.now_ms())
            except StoreError as error:
                self._log.warning("store unavailable at start", error=type(error).__name__, retry_s=delay_s)
            else:
                break
            await asyncio.sleep(delay_s)
            delay_s = min(RETRY_S_MAX, delay_s * 2)
        self.partitions = recovered
        self.ready = True
        self._log.info("recovered", partitions=len(recovered), tenants=self.statistics()["tenants"])

    # -- following and publishing --------------------------------------------------------------------

    async def _follow(self) -> None:
        while self.partitions:
            items = await self._mailbox.take(self._patience_s())
            now_ms = self._clock.now_ms()
            for source, frame in items:
                if isinstance(source, Kind):
                    self._hear(source, frame, now_ms)
                elif isinstance(frame, ReadLive):
                    self._answer(source, frame, now_ms)
            await self._catch_up(now_ms)
            if now_ms >= self._next_tick_ms:
                self._next_tick_ms = now_ms + TICK_MS
                self._tick(now_ms)
            for partition in self.partitions.values():
                self._publish_changes(partition, now_ms)

    def _patience_s(self) -> float:
        """How long to wait for the next item: less while there is something to be published."""
        waiting = any(partition.changed for partition in self.partitions.values())
        return (PUBLISH_PAUSE_MS if waiting else TICK_MS) / 1_000

    def _hear(self, kind: Kind, frame: Frame, now_ms: int) -> None:
        match frame:
            case FeedChunk(partition=number) | FeedReady(partition=number) | FeedFacts(partition=number):
                follower = self._follower(kind, number)
                if follower is not None:
                    follower.receive(self._peers, frame, now_ms)
            case NotOwner(partition=number):
                follower = self._follower(kind, number)
                if follower is not None:
                    follower.lost()
            case _:
                self._log.warning("unexpected frame", frame=type(frame).__name__)

    def _follower(self, kind: Kind, number: int) -> Follower | None:
        partition = self.partitions.get(number)
        if partition is None:
            return None
        return partition.queue if kind is Kind.QUEUE else partition.agent

    async def _catch_up(self, now_ms: int) -> None:
        """Read from the journal what the feeds have missed."""
        if now_ms < self._catch_up_at_ms:
            return
        followers = [follower for partition in self.partitions.values() for follower in partition.followers]
        for follower in followers:
            if follower.behind:
                try:
                    await follower.catch_up(self._journal)
                except StoreError as error:
                    self._log.warning("cannot catch up", error=type(error).__name__, partition=follower.partition)
                    self._catch_up_at_ms = now_ms + TICK_MS
                    return

    def _tick(self, now_ms: int) -> None:
        """Look at silences; say where nothing has changed that we are still here.

        A picture of which an owner is not heard gets no heartbeat: it may be stale and should look so.
        """
        for partition in self.partitions.values():
            for follower in partition.followers:
                follower.tick(self._peers, now_ms)
            if partition.is_current(now_ms):
                for tenant_id in partition.pictures:
                    if now_ms >= self._heartbeat_at_ms.get(tenant_id, 0):
                        self._publish(partition, tenant_id, now_ms, heartbeat=True)

    def _publish_changes(self, partition: PartitionPictures, now_ms: int) -> None:
        for tenant_id in list(partition.changed):
            self._publish(partition, tenant_id, now_ms)

    def _publish(self, partition: PartitionPictures, tenant_id: str, now_ms: int, *, heartbeat: bool = False) -> None:
        if not self._publisher.may(tenant_id, now_ms):
            return
        partition.changed.pop(tenant_id, None)
        delta = partition.picture(tenant_id).paint(partition.claim.epoch, now_ms, heartbeat=heartbeat)
        if delta is not None:
            self._heartbeat_at_ms[tenant_id] = now_ms + HEARTBEAT_MS
            self._publisher.send(tenant_id, encode(delta), now_ms)

    def _answer(self, link: Link, frame: ReadLive, now_ms: int) -> None:
        partition = self.partitions.get(partition_of(frame.tenant_id))
        if partition is None:
            link.send(NotOwner(Kind.SUPERVISOR, partition_of(frame.tenant_id)))
            return
        picture, epoch = partition.pictures.get(frame.tenant_id), partition.claim.epoch
        whole = picture.whole(epoch) if picture is not None else LivePicture(str(epoch), 0, now_ms)
        for payload, more in chunks(encode(whole)):
            link.send(Live(frame.tenant_id, frame.request_id, whole.position, payload, more))

    # -- keeping what is ours ------------------------------------------------------------------------

    async def _keep(self) -> None:
        """Once a second: are the claims still ours, are the feeds as far as the journal, is it time to save?"""
        while self.partitions and not self._losses.are_final:
            await asyncio.sleep(KEEP_S)
            try:
                await self._compare()
                for partition in list(self.partitions.values()):
                    if self._is_save_due(partition) and not await partition.save(self._journal, self._clock.now_ms()):
                        await self._compare()
            except StoreError as error:
                self._log.warning("not saved or compared", error=type(error).__name__)

    async def _compare(self) -> None:
        """Hold claims and positions against the journal's heads."""
        heads = {(head.kind, head.partition): head for head in await self._journal.heads()}
        doubtful: list[int] = []
        for number, partition in self.partitions.items():
            for follower in partition.followers:
                head = heads.get((follower.kind, number))
                if head is not None:
                    follower.compare(head)
            own = heads[Kind.SUPERVISOR, number]
            if (own.epoch, own.position) != (partition.claim.epoch, partition.claim.position):
                doubtful.append(number)
        if doubtful:
            await self._retake(doubtful)

    async def _retake(self, numbers: list[int]) -> None:
        """A head is not as we left it: our own doing, whose answer was lost, or somebody else's, whose it is now."""
        claims = {one.partition: one for one in await retake(self._journal, Kind.SUPERVISOR, numbers, self._address)}
        for number in numbers:
            if number in claims:
                self.partitions[number].claim = claims[number]
                for tenant_id in self.partitions[number].pictures:
                    self._heartbeat_at_ms.pop(tenant_id, None)  # readers learn of the new epoch at once
            else:
                lost = self.partitions.pop(number)
                self._losses.note()
                self._log.warning("partition lost to a newer incarnation", partition=number, epoch=lost.claim.epoch)

    def _is_save_due(self, partition: PartitionPictures) -> bool:
        if not partition.unsaved_facts:
            return False
        due_ms = partition.saved_at_ms + self._save_every_ms
        return partition.unsaved_facts >= self._save_every_facts or self._clock.now_ms() >= due_ms
