"""What processes guarantee, one breakage at a time: order of commit and answer, one writer, recovery, following."""

import asyncio
from collections.abc import Collection
from typing import Any

from actors import claims, follower, housekeeping, partition, shard
from actors.batch import Batch, Item
from actors.decider import Decider
from actors.mailbox import Mailbox
from actors.outbox import Outbox
from actors.wire import Envelope, FeedFacts
from engine.commands import Command
from persistence.journal import Claim, Journal, Kind
from persistence.memory.journal import MemoryJournal
from persistence.memory.projections import MemoryProjections
from scripts.mutants.patch import Patch

Shard, Partition, Follower = shard.Shard, partition.Partition, follower.Follower


def no_fence(patch: Patch) -> None:
    """The store takes an append whatever its epoch, as long as its positions follow."""
    patch(MemoryJournal, "_is_newest", lambda self, kind, claim: (kind, claim.partition) in self.head_of)


def taken_back(patch: Patch) -> None:
    """Whoever lost a partition while a commit was in doubt takes it back from its successor."""

    async def greedy(journal: Journal, kind: Kind, numbers: Collection[int], address: str) -> list[Claim]:
        return await claims.take(journal, kind, numbers, address)

    patch(shard, "retake", greedy)


def answers_before_commit(patch: Patch) -> None:
    """Answers leave before the append."""
    commit = Shard._commit

    async def hasty(self: shard.Shard, batch: Batch) -> frozenset[int]:
        for _, link, reply in batch.answers:
            link.send(reply)
        return await commit(self, batch)

    patch(Shard, "_commit", hasty)


def frames_before_commit(patch: Patch) -> None:
    """What agents and callers see leaves before the append."""
    commit = Shard._commit

    async def hasty(self: shard.Shard, batch: Batch) -> frozenset[int]:
        for tenant_id, identity in batch.changed:
            for one in self.partitions.values():
                if tenant_id in one.aggregates:
                    self._show(one, tenant_id, identity)
        return await commit(self, batch)

    patch(Shard, "_commit", hasty)


def questions_before_commit(patch: Patch) -> None:
    """Open steps are asked before the decision that opened them is durable."""
    commit = Shard._commit

    async def hasty(self: shard.Shard, batch: Batch) -> frozenset[int]:
        for number in batch.entries:
            epoch = self.partitions[number].epoch
            for tenant_id, aggregate in batch.touched.items():
                if tenant_id in self.partitions[number].aggregates:
                    for step in aggregate.steps.as_dict().values():
                        self._ask(tenant_id, Envelope(tenant_id, epoch, step))
        return await commit(self, batch)

    patch(Shard, "_commit", hasty)


def decided_while_committing(patch: Patch) -> None:
    """What arrives while a batch commits is decided on its uncommitted state, and what wrote nothing is answered."""
    commit, take = Shard._commit, Mailbox.take

    async def overlapping(self: shard.Shard, batch: Batch) -> frozenset[int]:
        committing = asyncio.ensure_future(commit(self, batch))
        early: list[Item] = []
        while not committing.done():
            await asyncio.wait([committing], timeout=0.001)
            while len(self._mailbox) and not committing.done():
                items = await take(self._mailbox, 0.0)
                early += items
                for link, frame in items:
                    if isinstance(frame, Envelope) and isinstance(frame.body, Command):
                        for one in self.partitions.values():
                            known = one.aggregates.get(frame.tenant_id)
                            if known is not None:
                                decision = self._domain.decide(known, frame.body, batch.now_ms)
                                if not decision.events and decision.answer is not None:
                                    link.send(Envelope(frame.tenant_id, one.epoch, decision.answer))
        if early:
            self._mailbox.put_back(early)
        return await committing

    patch(Shard, "_commit", overlapping)


def not_asked_after_recovery(patch: Patch) -> None:
    """A new incarnation leaves open steps unasked."""
    patch(Outbox, "recovered", lambda *_: None)


def never_asked_again(patch: Patch) -> None:
    """A question is asked once."""
    patch(Outbox, "due", lambda *_: [])
    patch(Outbox, "next_deadline_ms", lambda _self: None)


def zombie_answers(patch: Patch) -> None:
    """A claim that was confirmed once counts for ever, so that an owner who was replaced goes on answering."""
    patch(shard, "CONFIRM_S", float("inf"))


def older_owner_heard(patch: Patch) -> None:
    """What the other owner's former incarnation says counts like the word of the present one."""
    patch(Decider, "_is_current", lambda *_: True)


def gaps_ignored(patch: Patch) -> None:
    """A follower takes facts as if none were missing."""
    facts = Follower._facts

    def careless(self: follower.Follower, peers: Any, frame: FeedFacts, now_ms: int) -> None:
        if self.synced and self.position is not None and frame.after > self.position:
            self.position = frame.after
        facts(self, peers, frame, now_ms)

    patch(Follower, "_facts", careless)


def snapshot_ahead_of_journal(patch: Patch) -> None:
    """A snapshot is taken while a batch is under way, and so holds what may never become durable."""

    async def save(
        self: housekeeping.Housekeeping, one: partition.Partition, claim: Claim, snapshots: list[Any]
    ) -> None:
        del snapshots
        while one.position == one.committed:  # noqa: ASYNC110 (nobody would tell)
            await asyncio.sleep(0.001)
        await keep(self, one, claim, one.snapshots())

    keep = housekeeping.Housekeeping._save
    patch(housekeeping.Housekeeping, "_save", save)


def tail_ignored(patch: Patch) -> None:
    """A recovery is content with the snapshot."""
    recover = Partition.recover

    async def lazy(self: partition.Partition, journal: Journal) -> None:
        if not await journal.snapshots(self.domain.kind, self.number):
            await recover(self, journal)
            return
        for snapshot in await journal.snapshots(self.domain.kind, self.number):
            self.aggregates[snapshot.tenant_id] = self.domain.load(snapshot.payload)

    patch(Partition, "recover", lazy)


def deadlines_forgotten(patch: Patch) -> None:
    """A recovery forgets what is due."""
    patch(Decider, "schedule", lambda *_: None)


def time_runs_back(patch: Patch) -> None:
    """A new incarnation goes by its own clock, even if the stream is further."""
    recover = Partition.recover

    async def by_its_own_clock(self: partition.Partition, journal: Journal) -> None:
        await recover(self, journal)
        self.last_at_ms = 0

    patch(Partition, "recover", by_its_own_clock)


def rows_written_twice(patch: Patch) -> None:
    """Rows do not move together with their checkpoint."""
    apply = MemoryProjections.apply

    async def careless(self: MemoryProjections, projection: str, tenant_id: str, *rest: Any) -> bool:
        partition, _, *others = rest
        known = await self.checkpoint(projection, tenant_id)
        return await apply(self, projection, tenant_id, partition, known, *others)

    patch(MemoryProjections, "apply", careless)


def losses_survived(patch: Patch) -> None:
    """Whoever has lost a partition goes on with the others for ever, even where the one who took it is dead."""
    patch(claims.Losses, "note", lambda _self: None)
