"""The judge: it sees every committed entry and every frame that a client receives, and knows nothing of the engine.

It keeps its own small account of calls and offers, written against the invariants of the design rather than against the
engine's tables, and complains in words. A violation is a sentence; the list is empty at the end of a good world.
"""

from collections.abc import Sequence

from engine import events as e
from persistence.journal import Claim, Entry, Kind


class Ledger:
    """What has been committed, by an independent account."""

    def __init__(self, capacity: dict[str, int], eligible: set[tuple[str, str]]) -> None:
        """`capacity` by agent id; `eligible`: pairs of (agent id, queue id) that may meet."""
        self._capacity = capacity
        self._eligible = eligible
        self.violations: list[str] = []
        self.queue_of: dict[str, str] = {}
        self.open_offer: dict[str, str] = {}
        self.winner: dict[str, str] = {}
        self.ended: set[str] = set()
        self.committed_commands: dict[str, tuple[str, int]] = {}
        self.offer_ends: dict[str, int] = {}
        self.engaged: dict[str, set[str]] = {agent_id: set() for agent_id in capacity}
        self._epoch: dict[tuple[Kind, int], int] = {}
        self._position: dict[tuple[Kind, int], int] = {}
        self.tenant_position: dict[tuple[Kind, str], int] = {}

    def witness(self, kind: Kind, claims: Sequence[Claim], entries: Sequence[Entry], written: frozenset[int]) -> None:
        """Every append passes here, with the partitions that took it."""
        for claim in claims:
            if claim.partition in written:
                newest = self._epoch.get((kind, claim.partition), 0)
                self._check(claim.epoch >= newest, f"stale write: epoch {claim.epoch} after {newest}")
                self._epoch[kind, claim.partition] = max(newest, claim.epoch)
        for entry in entries:
            if entry.partition in written:
                self._entry(kind, entry)

    def claimed(self, kind: Kind, partition: int, epoch: int) -> None:
        """A newer incarnation holds the partition from now on."""
        self._epoch[kind, partition] = max(epoch, self._epoch.get((kind, partition), 0))

    def says(self, sentence: str) -> None:
        """Record a violation that someone else found."""
        self.violations.append(sentence)

    def _check(self, holds: bool, sentence: str) -> None:  # noqa: FBT001
        if not holds:
            self.violations.append(sentence)

    def _entry(self, kind: Kind, entry: Entry) -> None:
        last = self._position.get((kind, entry.partition), 0)
        self._check(entry.position == last + 1, f"{kind} stream jumps from {last} to {entry.position}")
        self._position[kind, entry.partition] = entry.position
        self.tenant_position[kind, entry.tenant_id] = entry.position
        fact = e.decode_fact(entry.payload)
        self._command(kind, entry, fact)
        if kind is Kind.QUEUE:
            self._queue_event(entry.tenant_id, fact.event)
        else:
            self._agent_event(entry.tenant_id, fact.event)

    def _command(self, kind: Kind, entry: Entry, fact: e.Fact) -> None:
        command_id = fact.cause.command_id
        if not command_id:
            return
        stream = f"{kind.value}/{entry.partition}"
        known = self.committed_commands.get(command_id)
        self._check(known is None or known == (stream, entry.position - 1), f"command {command_id} had a second effect")
        self.committed_commands[command_id] = (stream, entry.position)

    def _queue_event(self, tenant_id: str, event: e.Event) -> None:
        call_id = getattr(event, "call_id", "")
        if call_id:
            self._check(call_id.startswith(tenant_id), f"{call_id} stands in {tenant_id}'s stream")
            over = call_id in self.ended and not isinstance(event, e.CallTombstoned)
            self._check(not over, f"{call_id} goes on after its end: {type(event).__name__}")
        match event:
            case e.CallQueued():
                self._check(call_id not in self.queue_of, f"{call_id} queued twice")
                self.queue_of[call_id] = event.queue_id
            case e.CallOffered():
                self._offered(event)
            case e.OfferClosed():
                self._check(self.open_offer.get(call_id) == event.offer_id, f"{event.offer_id} closed but not open")
                self.open_offer.pop(call_id, None)
                self._offer_ended(event.offer_id)
            case e.CallConnected():
                self._check(self.open_offer.get(call_id) == event.offer_id, f"{event.offer_id} won but not open")
                self._check(call_id not in self.winner, f"{call_id} has a second winner")
                self.open_offer.pop(call_id, None)
                self.winner[call_id] = event.offer_id
                self._offer_ended(event.offer_id)
            case e.CallEnded():
                self.ended.add(call_id)
                offer_id = self.open_offer.pop(call_id, None)
                if offer_id is not None:
                    self._offer_ended(offer_id)
                self.winner.pop(call_id, None)
            case _:
                pass

    def _offered(self, event: e.CallOffered) -> None:
        call_id = event.call_id
        self._check(call_id in self.queue_of, f"{call_id} offered but never queued")
        self._check(call_id not in self.open_offer, f"{call_id} has a second open offer")
        self._check(call_id not in self.winner, f"{call_id} offered while connected")
        self.open_offer[call_id] = event.offer_id

    def _offer_ended(self, offer_id: str) -> None:
        self.offer_ends[offer_id] = self.offer_ends.get(offer_id, 0) + 1
        self._check(self.offer_ends[offer_id] == 1, f"{offer_id} ended twice")

    def _agent_event(self, tenant_id: str, event: e.Event) -> None:
        agent_id = getattr(event, "agent_id", "")
        if agent_id:
            self._check(agent_id.startswith(tenant_id), f"{agent_id} stands in {tenant_id}'s stream")
        match event:
            case e.OfferMade():
                held = self.engaged[agent_id]
                self._check(event.offer_id not in held, f"{event.offer_id} made twice")
                held.add(event.offer_id)
                self._check(len(held) <= self._capacity[agent_id], f"{agent_id} holds more than their capacity")
                self._check((agent_id, event.queue_id) in self._eligible, f"{agent_id} may not take {event.call_id}")
            case e.OfferEnded() | e.WrapUpStarted():
                self.engaged[agent_id].discard(event.offer_id)
            case _:
                pass
