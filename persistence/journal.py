"""The journal: what happened, in order, one stream per kind and partition, one writer per stream.

Rules that every implementation keeps (`tests/contract/` runs the same tests against each):

1. A claim raises the partition's epoch. Only the holder of the newest epoch can append.
2. An append is one atomic step per partition: check epoch and position, move the head, insert the entries.
   It happens for each partition by itself, so a partition that was lost does not hold up the others.
3. Positions are contiguous, starting at 1; the head's position is that of the last entry, 0 if there is none.
4. Nothing here knows what an entry means: `payload` is opaque bytes, `type` a name for people and filters.
"""

from collections.abc import AsyncIterator, Sequence
from enum import StrEnum
from functools import lru_cache
from hashlib import blake2b
from typing import Protocol

import msgspec

PARTITION_COUNT = 64
"""How many partitions a house has. Fixed when a database is created: tenants are placed by a stable hash."""


class Kind(StrEnum):
    """Whose stream it is. Each kind has its own streams, one per partition."""

    QUEUE = "queue"
    AGENT = "agent"
    ROUTER = "router"
    SUPERVISOR = "supervisor"


class Claim(msgspec.Struct, frozen=True):
    """The right to write one partition, and where its stream stands.

    `position` is the position of the last entry of the stream (0: none) as the claimant knows it.
    """

    partition: int
    epoch: int
    position: int


class Head(msgspec.Struct, frozen=True):
    """Who may write a partition now, and at which address that process answers."""

    kind: Kind
    partition: int
    epoch: int
    position: int
    address: str


class Entry(msgspec.Struct, frozen=True):
    """One event of one tenant at one position of a partition's stream."""

    partition: int
    position: int
    tenant_id: str
    type: str
    at_ms: int
    payload: bytes


class Snapshot(msgspec.Struct, frozen=True):
    """The state of one tenant in one partition after every entry up to and including `position`."""

    partition: int
    tenant_id: str
    position: int
    payload: bytes


class Journal(Protocol):
    """What a shard needs of the store.

    Every method may raise `StoreUnavailableError` (nothing was written). Those that write may raise
    `CommitUnknownError`: after a `claim`, claim again; after an `append`, `reclaim`.
    """

    async def claim(self, kind: Kind, partitions: Sequence[int], address: str) -> list[Claim]:
        """Take partitions, whoever holds them: each epoch is raised by one and the address published."""

    async def reclaim(self, kind: Kind, claims: Sequence[Claim], address: str) -> list[Claim]:
        """Take partitions back only where the epoch is still the one in `claims` (compare and set).

        The epoch is raised here too, so that an append still on its way is shut out. For use after a commit whose
        outcome is unknown. What is missing from the answer is someone else's now.
        """

    async def append(self, kind: Kind, claims: Sequence[Claim], entries: Sequence[Entry]) -> frozenset[int]:
        """Append entries to every claimed partition and say which partitions took them.

        `claims` hold the epoch and position *before* the append; entries of each partition continue at
        `position + 1` without a gap. A partition that is missing from the answer was not written at all: its
        epoch or position has moved on, so it is someone else's now.

        Raises `CommitUnknownError` if the connection broke on the way, `TenantMismatchError` if an entry names
        a tenant that does not live in its partition (nothing was written then).
        """

    async def confirm(self, kind: Kind, claims: Sequence[Claim]) -> frozenset[int]:
        """Say which of the partitions are still ours (same epoch), without writing anything."""

    async def snapshots(self, kind: Kind, partition: int) -> list[Snapshot]:
        """The newest snapshot of each tenant of a partition."""

    def read(self, kind: Kind, partition: int, after: int, *, up_to: int | None = None) -> AsyncIterator[list[Entry]]:
        """Entries with a position greater than `after` (and at most `up_to`), in order, in bounded pages."""

    async def stale(self, kind: Kind, partition: int, after: int, up_to: int) -> list[int]:
        """Positions in that range whose writer's epoch lies below a claim that came before them.

        While rule 1 holds there are none: this is how it is proven of a journal that real faults went over.
        """

    async def save_snapshots(self, kind: Kind, claim: Claim, snapshots: Sequence[Snapshot]) -> bool:
        """Keep snapshots, each replacing its tenant's older one; False if the claim is not the newest.

        A snapshot never reaches past the journal: with one among them whose position is above the head's the
        answer is False as well. Nothing is kept then.
        """

    async def heads(self, kind: Kind | None = None) -> list[Head]:
        """Where every claimed partition stands and who answers for it."""


@lru_cache(maxsize=65_536)
def partition_of(tenant_id: str) -> int:
    """The partition a tenant lives in: a stable hash, the same in every process and version."""
    digest = blake2b(tenant_id.encode(), digest_size=8).digest()
    return int.from_bytes(digest, "big") % PARTITION_COUNT
