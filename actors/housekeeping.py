"""What an owner does now and then besides deciding: heartbeats to followers, digests to the other owner, snapshots."""

import asyncio
from collections.abc import Callable, Iterable

import structlog

from actors.partition import Partition
from engine.agent import EngagementState
from engine.messages import HeldOffer, HoldingDigest
from engine.roster import Roster
from persistence.errors import StoreError
from persistence.journal import Claim, Journal, Snapshot

HEARTBEAT_MS = 1_000
DIGEST_MS = 5_000
DIGEST_OFFERS_MAX = 200

Ask = Callable[[Partition, str, HoldingDigest], None]

_log = structlog.get_logger(part="housekeeping")


class Housekeeping:
    """Keeps its own times; the shard calls `tick` after every batch and wakes up for `next_ms`."""

    def __init__(self, journal: Journal, snapshot_every_facts: int) -> None:
        self._journal = journal
        self._snapshot_every_facts = snapshot_every_facts
        self._next_digest_ms = 0
        self._saving: asyncio.Task[None] | None = None
        self.next_ms = 0

    def tick(self, partitions: Iterable[Partition], now_ms: int, ask: Ask) -> bool:
        """Do what is due; whether it was."""
        if now_ms < self.next_ms:
            return False
        self.next_ms = now_ms + HEARTBEAT_MS
        digest_due = now_ms >= self._next_digest_ms
        if digest_due:
            self._next_digest_ms = now_ms + DIGEST_MS
        for partition in partitions:
            partition.heartbeat()
            if digest_due:
                _send_digests(partition, ask)
            if partition.committed - partition.snapshot_position >= self._snapshot_every_facts:
                self._save_soon(partition)
        return True

    def close(self) -> None:
        """A snapshot that is under way is of no use to a shard that ends."""
        if self._saving is not None:
            self._saving.cancel()

    def _save_soon(self, partition: Partition) -> None:
        """One snapshot at a time, beside the commits. Its content is taken now, between two batches."""
        if self._saving is None or self._saving.done():
            claim = Claim(partition.number, partition.epoch, partition.committed)
            save = self._save(partition, claim, partition.snapshots())
            self._saving = asyncio.get_running_loop().create_task(save)

    async def _save(self, partition: Partition, claim: Claim, snapshots: list[Snapshot]) -> None:
        try:
            if await self._journal.save_snapshots(partition.domain.kind, claim, snapshots):
                partition.snapshot_position = claim.position
        except StoreError as error:
            _log.warning("snapshot not saved", partition=partition.number, error=type(error).__name__)


def _send_digests(partition: Partition, ask: Ask) -> None:
    """Tell the owner of the calls what we hold, so that nothing is held that is over."""
    for tenant_id, aggregate in partition.aggregates.items():
        if isinstance(aggregate, Roster):
            held = _held(aggregate)
            for at in range(0, len(held), DIGEST_OFFERS_MAX):
                ask(partition, tenant_id, HoldingDigest(held[at : at + DIGEST_OFFERS_MAX]))


def _held(roster: Roster) -> tuple[HeldOffer, ...]:
    return tuple(
        HeldOffer(held.offer_id, held.call_id, agent.agent_id, held.quoted)
        for agent in roster.agents.values()
        for held in agent.engagements
        if held.state is not EngagementState.WRAP_UP
    )
