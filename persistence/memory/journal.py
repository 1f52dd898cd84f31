"""The journal in memory: one process, no waiting, the same rules as Postgres.

Its methods never suspend, so each is one atomic step and a deterministic simulation stays deterministic.
What was stored lies in plain attributes for a test to look at. It outlives the shards that write to it, as a
database would: a crash is a new shard over the same `MemoryJournal`.
"""

from collections.abc import AsyncIterator, Callable, Sequence

from persistence.batches import check_snapshots, last_positions
from persistence.errors import TenantMismatchError
from persistence.journal import Claim, Entry, Head, Kind, Snapshot, partition_of


class MemoryJournal:
    """Implements `persistence.journal.Journal`.

    `place` says in which partition a tenant lives; it stands for the table of tenants and knows every tenant.
    """

    def __init__(self, *, place: Callable[[str], int] = partition_of, page_entries_max: int = 500) -> None:
        self._place = place
        self._page_entries_max = page_entries_max
        self.head_of: dict[tuple[Kind, int], Head] = {}
        self.streams: dict[tuple[Kind, int], list[Entry]] = {}
        self.epochs: dict[tuple[Kind, int], list[int]] = {}
        """By whom each entry of a stream was written."""
        self.claimed: dict[tuple[Kind, int], list[int]] = {}
        """Where a stream stood at each of its claims: the first raised its epoch to 1, the second to 2."""
        self.kept: dict[tuple[Kind, int], dict[str, Snapshot]] = {}

    async def claim(self, kind: Kind, partitions: Sequence[int], address: str) -> list[Claim]:
        return [self._take(kind, partition, address) for partition in sorted(set(partitions))]

    async def reclaim(self, kind: Kind, claims: Sequence[Claim], address: str) -> list[Claim]:
        ours = sorted(claim.partition for claim in claims if self._is_newest(kind, claim))
        return [self._take(kind, partition, address) for partition in ours]

    async def append(self, kind: Kind, claims: Sequence[Claim], entries: Sequence[Entry]) -> frozenset[int]:
        last = last_positions(claims, entries)
        held = frozenset(
            claim.partition
            for claim in claims
            if self._is_newest(kind, claim) and self.head_of[kind, claim.partition].position == claim.position
        )
        taken = [entry for entry in entries if entry.partition in held]
        if any(self._place(entry.tenant_id) != entry.partition for entry in taken):
            raise TenantMismatchError
        epochs = {claim.partition: claim.epoch for claim in claims}
        for entry in taken:
            self.streams.setdefault((kind, entry.partition), []).append(entry)
            self.epochs.setdefault((kind, entry.partition), []).append(epochs[entry.partition])
        for partition in held:
            head = self.head_of[kind, partition]
            self.head_of[kind, partition] = Head(kind, partition, head.epoch, last[partition], head.address)
        return held

    async def confirm(self, kind: Kind, claims: Sequence[Claim]) -> frozenset[int]:
        return frozenset(claim.partition for claim in claims if self._is_newest(kind, claim))

    async def snapshots(self, kind: Kind, partition: int) -> list[Snapshot]:
        kept = self.kept.get((kind, partition), {})
        return [kept[tenant_id] for tenant_id in sorted(kept)]

    async def read(
        self, kind: Kind, partition: int, after: int, *, up_to: int | None = None
    ) -> AsyncIterator[list[Entry]]:
        # Positions are contiguous from 1, so the entry at position p has index p - 1.
        start = max(after, 0)
        while page := self._page(kind, partition, start, up_to):
            yield page
            start = page[-1].position

    async def stale(self, kind: Kind, partition: int, after: int, up_to: int) -> list[int]:
        claimed = self.claimed.get((kind, partition), [])
        written = enumerate(self.epochs.get((kind, partition), [])[after:up_to], after + 1)
        return [position for position, epoch in written if epoch < len(claimed) and claimed[epoch] < position]

    async def save_snapshots(self, kind: Kind, claim: Claim, snapshots: Sequence[Snapshot]) -> bool:
        check_snapshots(claim, snapshots)
        if not self._is_newest(kind, claim):
            return False
        head = self.head_of[kind, claim.partition]
        if any(snapshot.position > head.position for snapshot in snapshots):
            return False
        if any(self._place(snapshot.tenant_id) != claim.partition for snapshot in snapshots):
            raise TenantMismatchError
        kept = self.kept.setdefault((kind, claim.partition), {})
        for snapshot in snapshots:
            older = kept.get(snapshot.tenant_id)
            if older is None or older.position <= snapshot.position:
                kept[snapshot.tenant_id] = snapshot
        return True

    async def heads(self, kind: Kind | None = None) -> list[Head]:
        return [self.head_of[key] for key in sorted(self.head_of) if kind is None or key[0] is kind]

    def _take(self, kind: Kind, partition: int, address: str) -> Claim:
        head = self.head_of.get((kind, partition), Head(kind, partition, 0, 0, ""))
        self.head_of[kind, partition] = Head(kind, partition, head.epoch + 1, head.position, address)
        self.claimed.setdefault((kind, partition), []).append(head.position)
        return Claim(partition, head.epoch + 1, head.position)

    def _is_newest(self, kind: Kind, claim: Claim) -> bool:
        head = self.head_of.get((kind, claim.partition))
        return head is not None and head.epoch == claim.epoch

    def _page(self, kind: Kind, partition: int, start: int, up_to: int | None) -> list[Entry]:
        end = start + self._page_entries_max
        stream = self.streams.get((kind, partition), [])
        return stream[start : end if up_to is None else max(start, min(end, up_to))]
