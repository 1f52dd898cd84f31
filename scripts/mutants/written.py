"""One guarantee removed at a time. Each function breaks the product in this process until its test ends."""

import asyncio
from collections.abc import Callable, Sequence
from typing import Any

import pytest
from msgspec.structs import replace

from actors import follower, housekeeping, partition, shard
from actors.batch import Batch, Item
from actors.decider import Decider
from actors.mailbox import Mailbox
from actors.outbox import Outbox
from actors.wire import Envelope, FeedFacts
from engine import call as calls
from engine import events as e
from engine import messages as m
from engine.agent import Agent
from engine.call import Call
from engine.commands import Command
from engine.deadlines import Deadlines
from engine.decision import Decision
from engine.memory import Remembered
from engine.offer import offer_id_for
from engine.outcomes import Outcomes
from engine.roster import offers as roster_offers
from engine.roster.book import Roster
from engine.routing.order import Ordered
from engine.switchboard import board as boards
from engine.switchboard import offers as board_offers
from engine.switchboard.board import Switchboard
from persistence.journal import Claim, Entry, Journal, Kind
from persistence.memory.journal import MemoryJournal

Shard, Partition, Follower = shard.Shard, partition.Partition, follower.Follower


def no_fence(patch: pytest.MonkeyPatch) -> None:
    """The store takes an append whatever its epoch."""

    async def append(
        self: MemoryJournal, kind: Kind, claims: Sequence[Claim], entries: Sequence[Entry]
    ) -> frozenset[int]:
        for entry in entries:
            self.streams.setdefault((kind, entry.partition), []).append(entry)
            head = self.head_of[kind, entry.partition]
            self.head_of[kind, entry.partition] = type(head)(
                kind, entry.partition, head.epoch, entry.position, head.address
            )
        return frozenset(claim.partition for claim in claims)

    patch.setattr(MemoryJournal, "append", append)


def answers_before_commit(patch: pytest.MonkeyPatch) -> None:
    """Answers leave before the append."""
    commit = Shard._commit

    async def hasty(self: shard.Shard, batch: Batch) -> frozenset[int]:
        for _, link, reply in batch.answers:
            link.send(reply)
        return await commit(self, batch)

    patch.setattr(Shard, "_commit", hasty)


def frames_before_commit(patch: pytest.MonkeyPatch) -> None:
    """What agents and callers see leaves before the append."""
    commit = Shard._commit

    async def hasty(self: shard.Shard, batch: Batch) -> frozenset[int]:
        for tenant_id, identity in batch.changed:
            for one in self.partitions.values():
                if tenant_id in one.aggregates:
                    self._show(one, tenant_id, identity)
        return await commit(self, batch)

    patch.setattr(Shard, "_commit", hasty)


def questions_before_commit(patch: pytest.MonkeyPatch) -> None:
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

    patch.setattr(Shard, "_commit", hasty)


def decided_while_committing(patch: pytest.MonkeyPatch) -> None:
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

    patch.setattr(Shard, "_commit", overlapping)


def dedupe_forgotten(patch: pytest.MonkeyPatch) -> None:
    """No outcome is remembered."""
    patch.setattr(Outcomes, "recall", lambda _self, _command: None)


def place_lost(patch: pytest.MonkeyPatch) -> None:
    """A call that comes back from an offer arrives anew."""
    evolve = calls.evolve

    def forgetful(call: Call, event: e.CallEvent, at_ms: int, position: int) -> Call:
        after = evolve(call, event, at_ms, position)
        return replace(after, arrived_at_ms=at_ms) if isinstance(event, e.OfferClosed) else after

    patch.setattr(calls, "evolve", forgetful)


def last_come_first_served(patch: pytest.MonkeyPatch) -> None:
    """The dispatcher takes the wrong end of a line."""
    patch.setattr(Ordered, "first", lambda self: self._keys[-1] if self._keys else None)


def not_asked_after_recovery(patch: pytest.MonkeyPatch) -> None:
    """A new incarnation leaves open steps unasked."""
    patch.setattr(Outbox, "recovered", lambda *_: None)


def never_asked_again(patch: pytest.MonkeyPatch) -> None:
    """A question is asked once."""
    patch.setattr(Outbox, "due", lambda *_: [])
    patch.setattr(Outbox, "next_deadline_ms", lambda _self: None)


def late_vote_wins(patch: pytest.MonkeyPatch) -> None:
    """A vote for an offer that is over is told that it has won."""
    count = board_offers._count

    def generous(board: Switchboard, vote: m.AcceptVote) -> Decision:
        decision = count(board, vote)
        if decision.events:
            return decision
        return Decision((), m.VoteCounted(vote.offer_id, vote.agent_id, connected=True))

    patch.setattr(board_offers, "_count", generous)
    votes_come_late(patch)


def votes_come_late(patch: pytest.MonkeyPatch) -> None:
    """No harm by itself: the owner of a call does not wait for votes that were cast in the last moment."""
    patch.setattr(boards, "OFFER_GRACE_MS", 0)


def gaps_ignored(patch: pytest.MonkeyPatch) -> None:
    """A follower takes facts as if none were missing."""
    facts = Follower._facts

    def careless(self: follower.Follower, peers: Any, frame: FeedFacts, now_ms: int) -> None:
        if self.synced and self.position is not None and frame.after > self.position:
            self.position = frame.after
        facts(self, peers, frame, now_ms)

    patch.setattr(Follower, "_facts", careless)


def snapshot_ahead_of_journal(patch: pytest.MonkeyPatch) -> None:
    """A snapshot is taken while a batch is under way, and so holds what may never become durable."""

    async def save(
        self: housekeeping.Housekeeping, one: partition.Partition, claim: Claim, snapshots: list[Any]
    ) -> None:
        del snapshots
        while one.position == one.committed:  # noqa: ASYNC110 (nobody would tell)
            await asyncio.sleep(0.001)
        await keep(self, one, claim, one.snapshots())

    keep = housekeeping.Housekeeping._save
    patch.setattr(housekeeping.Housekeeping, "_save", save)


def tail_ignored(patch: pytest.MonkeyPatch) -> None:
    """A recovery is content with the snapshot."""
    recover = Partition.recover

    async def lazy(self: partition.Partition, journal: Journal) -> None:
        if not await journal.snapshots(self.domain.kind, self.number):
            await recover(self, journal)
            return
        for snapshot in await journal.snapshots(self.domain.kind, self.number):
            self.aggregates[snapshot.tenant_id] = self.domain.load(snapshot.payload)

    patch.setattr(Partition, "recover", lazy)


def capacity_unchecked(patch: pytest.MonkeyPatch) -> None:
    """An agent takes whatever is offered."""
    patch.setattr(Agent, "free", property(lambda _self: True))


def eligibility_unchecked(patch: pytest.MonkeyPatch) -> None:
    """Anyone may be offered any call of the tenant."""
    patch.setattr(roster_offers, "eligible", lambda *_: True)
    patch.setattr("engine.routing.dispatcher.Bench.serves", lambda *_: True)


def early_deadlines(patch: pytest.MonkeyPatch) -> None:
    """Deadlines fire half a second early."""
    for owner in (Switchboard, Roster):
        patch.setattr(owner, "due", _early(owner.due))


def _early(due: Callable[[Any, int], Any]) -> Callable[[Any, int], Any]:
    return lambda self, now_ms: due(self, now_ms + 500)


def deadlines_forgotten(patch: pytest.MonkeyPatch) -> None:
    """A recovery forgets what is due."""
    patch.setattr(Decider, "schedule", lambda *_: None)


def time_runs_back(patch: pytest.MonkeyPatch) -> None:
    """A new incarnation goes by its own clock, even if the stream is further."""
    recover = Partition.recover

    async def by_its_own_clock(self: partition.Partition, journal: Journal) -> None:
        await recover(self, journal)
        self.last_at_ms = 0

    patch.setattr(Partition, "recover", by_its_own_clock)


def ends_forgotten(patch: pytest.MonkeyPatch) -> None:
    """What is over leaves no trace: no tombstone, no id that must not ring again."""
    patch.setattr(Remembered, "__contains__", lambda _self, _key: False)


def silence_unnoticed(patch: pytest.MonkeyPatch) -> None:
    """Nobody minds that a softphone fell silent."""
    due, none = Roster.due, Deadlines()

    def patient(self: Roster, now_ms: int) -> e.AgentEvent | None:
        self.leases = none
        return due(self, now_ms)

    patch.setattr(Roster, "due", patient)
    patch.setattr(Roster, "next_deadline_ms", lambda self: self.deadlines.earliest_ms())


def two_offers_at_once(patch: pytest.MonkeyPatch) -> None:
    """A proposal is taken although the call has moved on since the router saw it."""
    propose = board_offers._propose

    def greedy(board: Switchboard, proposal: m.ProposeOffer, now_ms: int) -> Decision:
        call = board.calls.get(proposal.call_id)
        if call is None or call.group is None:
            return propose(board, proposal, now_ms)
        settings = board.queues[call.queue_id]
        offer_id = offer_id_for(call.call_id, call.attempts + 1)
        terms = board_offers._terms(settings)
        return Decision((e.CallOffered(call.call_id, offer_id, proposal.agent_id, now_ms + 5_000, terms),))

    patch.setattr(board_offers, "_propose", greedy)


Mutant = Callable[[pytest.MonkeyPatch], None]
