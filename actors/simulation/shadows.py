"""The same states, kept by following the committed entries one by one from the first: what every live state must equal.

A shard comes to its state by deciding, crashing, loading snapshots and replaying tails; a router by snapshots over the
wire and facts. A shadow has only ever seen the journal.
"""

from collections.abc import Iterator

from actors.domain import AGENT_DOMAIN, QUEUE_DOMAIN, Aggregate, Domain
from actors.follower import Follower
from actors.rebuild import differing_indexes
from actors.router import Router
from actors.shard import Shard
from actors.simulation.callbook import CONNECTED, ENDED, OFFERED, WAITING, CallBook
from engine.call import CallState
from engine.events import Fact
from engine.roster import Roster
from engine.roster import snapshot as roster_snapshot
from engine.switchboard import Switchboard
from engine.switchboard import snapshot as board_snapshot
from persistence.journal import Kind
from persistence.memory.journal import MemoryJournal

STATE_NAMES = {
    CallState.WAITING: WAITING,
    CallState.OFFERED: OFFERED,
    CallState.TALKING: CONNECTED,
    CallState.HELD: CONNECTED,
}


class Shadows:
    """One state for each kind and tenant, as of the last committed entry."""

    def __init__(self) -> None:
        self._of: dict[tuple[Kind, str], Aggregate] = {}

    def follow(self, kind: Kind, tenant_id: str, fact: Fact, position: int) -> None:
        self.of(kind, tenant_id).evolve(fact, position)

    def of(self, kind: Kind, tenant_id: str) -> Aggregate:
        found = self._of.get((kind, tenant_id))
        if found is None:
            found = self._of[kind, tenant_id] = domain_of(kind).new(tenant_id)
        return found

    def differences_of_shard(self, kind: Kind, shard: Shard, store: MemoryJournal) -> Iterator[str]:
        """Where a shard that owns its partitions, and has nothing under way, is not what the journal says."""
        for number, partition in shard.partitions.items():
            head = store.head_of[kind, number]
            if (partition.epoch, partition.position) == (head.epoch, head.position):
                for tenant_id, live in partition.aggregates.items():
                    dump = domain_of(kind).dump
                    if dump(live) != dump(self.of(kind, tenant_id)):
                        yield f"{kind.value} of {tenant_id}: the shard has another state than its journal"
                    if differing_indexes(domain_of(kind), live):
                        yield f"{kind.value} of {tenant_id}: an index is not what a rebuild gives"

    def differences_of_router(self, router: Router, store: MemoryJournal) -> Iterator[str]:
        """Where a router that has caught up has another picture than the journal."""
        for routing in router.partitions.values():
            if _caught_up(routing.queue, store):
                for tenant_id, board in routing.boards.items():
                    if board_snapshot.dump_replica(board) != board_snapshot.dump_replica(self._board(tenant_id)):
                        yield f"queue of {tenant_id}: the router has another state than the journal"
            if _caught_up(routing.agent, store):
                for tenant_id, roster in routing.rosters.items():
                    if roster_snapshot.dump_replica(roster) != roster_snapshot.dump_replica(self._roster(tenant_id)):
                        yield f"agent of {tenant_id}: the router has another state than the journal"

    def _board(self, tenant_id: str) -> Switchboard:
        board = self.of(Kind.QUEUE, tenant_id)
        assert isinstance(board, Switchboard)
        return board

    def _roster(self, tenant_id: str) -> Roster:
        roster = self.of(Kind.AGENT, tenant_id)
        assert isinstance(roster, Roster)
        return roster

    def differences_of_account(self, book: CallBook) -> Iterator[str]:
        """Where engine and judge disagree on who waits where: received = waiting + offered + connected + ended."""
        for (kind, tenant_id), board in self._of.items():
            if kind is not Kind.QUEUE or not isinstance(board, Switchboard):
                continue
            mine = [call for call in book.calls.values() if call.tenant_id == tenant_id]
            live = {call.call_id: call.state for call in mine if call.state is not ENDED}
            if live != {call_id: STATE_NAMES[call.state] for call_id, call in board.calls.items()}:
                yield f"{tenant_id}: received is not waiting + offered + connected + ended"
            for queue_id, line in board.lines.items():
                waiting = sorted(c.place for c in mine if c.queue_id == queue_id and c.state is WAITING)
                if line.call_ids() != [call_id for _, _, call_id in waiting]:
                    yield f"{queue_id} is not in the order of its places"


def domain_of(kind: Kind) -> Domain:
    return QUEUE_DOMAIN if kind is Kind.QUEUE else AGENT_DOMAIN


def _caught_up(follower: Follower, store: MemoryJournal) -> bool:
    head = store.head_of.get((follower.kind, follower.partition))
    return head is not None and follower.synced and follower.position == head.position
