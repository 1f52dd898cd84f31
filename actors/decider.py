"""Deciding: from what has arrived to a batch of events, answers and questions, against the state in memory.

State changes at once; nothing leaves. What follows from a batch is the shard's business, and waits for its commit.
"""

from collections.abc import Callable

import structlog

from actors.batch import Batch, Item
from actors.domain import Aggregate, Domain
from actors.partition import Partition
from actors.ports import Link
from actors.wire import Envelope, Frame, NotOwner, Read, Subscribe, WatchAgents, WatchCalls
from engine.commands import Command, Outcome, refused
from engine.deadlines import Deadlines
from engine.events import Cause, Fact, encode_fact, event_type
from engine.messages import OfferTaken, RenewLeases
from engine.principals import SYSTEM
from engine.refusals import Refusal
from persistence.journal import Claim, Entry, partition_of

SYSTEM_CAUSE = Cause(SYSTEM)


class Decider:
    """Decides for the partitions that a shard holds.

    `is_watched(tenant_id, identity)`: whether somebody wants to see that agent or call. `confirmed(tenant_id,
    offer_id)` hears that the other owner holds an offer.
    """

    def __init__(
        self, domain: Domain, *, is_watched: Callable[[str, str], bool], confirmed: Callable[[str, str], None]
    ) -> None:
        self._domain = domain
        self._is_watched = is_watched
        self._confirmed = confirmed
        self._log = structlog.get_logger(kind=domain.kind.value)
        self._agenda = Deadlines()
        self._epochs_seen: dict[int, int] = {}
        self.partitions: dict[int, Partition] = {}

    def hold(self, partitions: dict[int, Partition]) -> None:
        """Decide for these partitions from now on, and for no other."""
        self.partitions = partitions
        self._agenda = Deadlines()
        for partition in partitions.values():
            for aggregate in partition.aggregates.values():
                self.schedule(aggregate)

    def drop(self, number: int) -> Partition:
        """A partition that is somebody else's."""
        partition = self.partitions.pop(number)
        for tenant_id in partition.aggregates:
            self._agenda.clear(tenant_id)
        return partition

    def next_deadline_ms(self) -> int | None:
        """When something is due, or None."""
        return self._agenda.earliest_ms()

    def decide(self, items: list[Item], now_ms: int) -> Batch:
        """Deal with each item, then with all that is due."""
        batch = Batch(now_ms)
        for link, frame in items:
            self._consider(batch, link, frame)
        while (tenant_id := self._agenda.due(now_ms)) is not None:
            partition = self.partitions[partition_of(tenant_id)]
            aggregate = partition.aggregate(tenant_id)
            while (event := aggregate.due(now_ms)) is not None:
                self._apply(batch, partition, aggregate, Fact(now_ms, SYSTEM_CAUSE, event))
            self.schedule(aggregate)
        return batch

    def _consider(self, batch: Batch, link: Link, frame: Frame) -> None:
        match frame:
            case Envelope(tenant_id=tenant_id):
                partition = self._mine(link, partition_of(tenant_id))
                if partition is not None and self._is_current(frame, partition.number):
                    self._hear(batch, partition, link, frame)
            case Subscribe(partition=number):
                if self._mine(link, number) is not None:
                    batch.unwritten.add(number)
                    batch.questions.append((number, link, frame))
            case Read(tenant_id=tenant_id) | WatchAgents(tenant_id=tenant_id) | WatchCalls(tenant_id=tenant_id):
                number = partition_of(tenant_id)
                if self._mine(link, number) is not None:
                    batch.unwritten.add(number)
                    batch.questions.append((number, link, frame))
            case _:
                self._log.warning("unexpected frame", frame=type(frame).__name__)

    def _hear(self, batch: Batch, partition: Partition, link: Link, envelope: Envelope) -> None:
        body = envelope.body
        if isinstance(body, Outcome):
            return
        if isinstance(body, Command) and body.tenant_id != envelope.tenant_id:
            self._log.error("a command for another tenant than its envelope's", tenant_id=envelope.tenant_id)
            reply = Envelope(envelope.tenant_id, partition.epoch, refused(body.command_id, Refusal.UNKNOWN_TENANT))
            batch.unwritten.add(partition.number)
            batch.answers.append((partition.number, link, reply))
            return
        aggregate = partition.aggregate(envelope.tenant_id)
        if isinstance(body, RenewLeases):
            aggregate.renew(body.keys, batch.now_ms)
            self.schedule(aggregate)
        if isinstance(body, OfferTaken):
            self._confirmed(envelope.tenant_id, body.offer_id)
        decision = self._domain.decide(aggregate, body, batch.now_ms)
        cause = Cause(decision.by)
        if isinstance(body, Command):
            cause = Cause(body.principal, body.command_id, body.expires_at_ms, body.trace_id)
        for event in decision.events:
            self._apply(batch, partition, aggregate, Fact(batch.now_ms, cause, event))
        if decision.events:
            self.schedule(aggregate)
        if decision.answer is not None:
            if not decision.events:
                batch.unwritten.add(partition.number)
            reply = Envelope(envelope.tenant_id, partition.epoch, decision.answer)
            batch.answers.append((partition.number, link, reply))

    def _apply(self, batch: Batch, partition: Partition, aggregate: Aggregate, fact: Fact) -> None:
        """Change the state now; the entry becomes durable with the batch."""
        number = partition.number
        if number not in batch.claims:
            batch.claims[number] = Claim(number, partition.epoch, partition.position)
            batch.entries[number] = []
        partition.position += 1
        aggregate.evolve(fact, partition.position)
        tenant_id = aggregate.tenant_id
        entry = Entry(number, partition.position, tenant_id, event_type(fact.event), fact.at_ms, encode_fact(fact))
        batch.entries[number].append(entry)
        batch.touched[tenant_id] = aggregate
        identity: str | None = getattr(fact.event, self._domain.identity, None)
        if identity is not None and self._is_watched(tenant_id, identity):
            batch.changed[tenant_id, identity] = None

    def _mine(self, link: Link, number: int) -> Partition | None:
        partition = self.partitions.get(number)
        if partition is None:
            link.send(NotOwner(self._domain.kind, number))
        return partition

    def _is_current(self, envelope: Envelope, number: int) -> bool:
        """Refuse what an older incarnation of the other owner says."""
        if envelope.epoch == 0:
            return True
        newest = self._epochs_seen.get(number, 0)
        self._epochs_seen[number] = max(newest, envelope.epoch)
        return envelope.epoch >= newest

    def schedule(self, aggregate: Aggregate) -> None:
        """Remember when this tenant has something due next."""
        at_ms = aggregate.next_deadline_ms()
        if at_ms is None:
            self._agenda.clear(aggregate.tenant_id)
        else:
            self._agenda.set(aggregate.tenant_id, at_ms)
