"""One partition as its owner holds it: the claim, the tenants' state, and who follows it."""

from collections import deque
from collections.abc import Iterator

import msgspec

from actors.beginning import trusted_snapshots
from actors.domain import Aggregate, Domain
from actors.ports import Link
from actors.wire import FeedChunk, FeedFacts, FeedReady, Frame, Subscribe, chunks, pages
from engine.events import decode_fact
from persistence.journal import Claim, Entry, Journal, Snapshot

RECENT_FACTS_MAX = 5_000
"""Facts kept to serve followers that missed a few."""


class Recent(msgspec.Struct, frozen=True):
    """A committed fact, as followers get it."""

    position: int
    tenant_id: str
    payload: bytes


class Partition:
    """The live state of one claimed partition. `claim.position` moves with every decision, ahead of the commit."""

    def __init__(self, domain: Domain, claim: Claim) -> None:
        self.domain = domain
        self.number = claim.partition
        self.epoch = claim.epoch
        self.position = claim.position
        self.committed = claim.position
        self.snapshot_position = 0
        self.confirmed_at_s = 0.0
        self.last_at_ms = 0
        self.aggregates: dict[str, Aggregate] = {}
        self.followers: list[Link] = []
        self.recent: deque[Recent] = deque(maxlen=RECENT_FACTS_MAX)

    def aggregate(self, tenant_id: str) -> Aggregate:
        """The tenant's state, empty for one that is seen for the first time."""
        found = self.aggregates.get(tenant_id)
        if found is None:
            found = self.aggregates[tenant_id] = self.domain.new(tenant_id)
        return found

    async def recover(self, journal: Journal) -> None:
        """Load the newest snapshots that are in today's form and replay what came after them.

        The last entry is read in any case: its time is the earliest that this stream may go on with.
        """
        if self.position == 0:
            return
        kind = self.domain.kind
        snapshots = await trusted_snapshots(journal, kind, self.number, self.domain.form, (kind,))
        for snapshot in snapshots:
            self.aggregates[snapshot.tenant_id] = self.domain.load(snapshot.payload)
        self.snapshot_position = min((snapshot.position for snapshot in snapshots), default=0)
        after = min(self.snapshot_position, self.position - 1)
        async for page in journal.read(kind, self.number, after, up_to=self.position):
            for entry in page:
                self.last_at_ms = entry.at_ms
                aggregate = self.aggregate(entry.tenant_id)
                if entry.position > aggregate.position:
                    aggregate.evolve(decode_fact(entry.payload), entry.position)
        for aggregate in self.aggregates.values():
            aggregate.steps.take_changed()

    def snapshots(self) -> list[Snapshot]:
        """Every tenant's state as of the last commit. Taken together, so that a recovery reads from one position.

        Call between two batches. A tenant of whom nothing was ever written has no state worth keeping.
        """
        return [
            Snapshot(self.number, tenant_id, self.committed, self.domain.dump(aggregate))
            for tenant_id, aggregate in self.aggregates.items()
            if aggregate.position
        ]

    def publish(self, entries: list[Entry]) -> None:
        """Committed facts: keep the newest, send them to every follower."""
        self.committed = entries[-1].position
        self.recent.extend(Recent(entry.position, entry.tenant_id, entry.payload) for entry in entries)
        facts = [(entry.tenant_id, entry.payload) for entry in entries]
        for frame in self._frames(entries[0].position - 1, facts):
            self._send(frame)

    def heartbeat(self) -> None:
        """Tell followers where we stand, so that one who missed something notices."""
        self._send(FeedFacts(self.number, self.epoch, self.committed, ()))

    def subscribe(self, link: Link, request: Subscribe) -> None:
        """Let a peer follow: from where it stands if the newest facts reach back that far, else from a snapshot."""
        if link not in self.followers:
            self.followers.append(link)
        after = request.after
        oldest = self.recent[0].position if self.recent else self.committed + 1
        if after is not None and oldest <= after + 1 and after <= self.committed:
            facts = [(one.tenant_id, one.payload) for one in self.recent if one.position > after]
            link.send(FeedReady(self.number, self.epoch, request.request, after, reset=False))
            for frame in self._frames(after, facts):
                link.send(frame)
        elif request.journal:
            link.send(FeedReady(self.number, self.epoch, request.request, self.committed, reset=False))
        else:
            for tenant_id, aggregate in self.aggregates.items():
                for payload, more in chunks(self.domain.dump(aggregate)):
                    link.send(FeedChunk(self.number, self.epoch, request.request, tenant_id, payload, more))
            link.send(FeedReady(self.number, self.epoch, request.request, self.committed, reset=True))

    def _frames(self, after: int, facts: list[tuple[str, bytes]]) -> Iterator[FeedFacts]:
        """Facts in frames of bounded size."""
        for page in pages(facts):
            yield FeedFacts(self.number, self.epoch, after, page)
            after += len(page)

    def _send(self, frame: Frame) -> None:
        self.followers = [link for link in self.followers if not link.closed]
        for link in self.followers:
            link.send(frame)
