"""Simulated processes: shards, routers and supervisors that are started, killed, paused and started again."""

import asyncio
from collections import Counter
from collections.abc import Coroutine, Sequence
from typing import Any

import msgspec

from actors.domain import AGENT_DOMAIN, QUEUE_DOMAIN
from actors.projector import Projector
from actors.router import Router
from actors.shard import Shard
from actors.simulation.driven import Life
from actors.simulation.faults import Faults
from actors.simulation.ledger import Ledger
from actors.simulation.network import Network, Node, Pipe
from actors.simulation.onlookers import Broadcast
from actors.simulation.peers import Directory, SimulatedClock, SimulatedPeers
from actors.simulation.rows import WrittenRows
from actors.simulation.store import FaultyJournal
from actors.supervisor import Supervisor
from actors.together import until_one_ends
from actors.wire import Frame
from persistence.journal import Claim, Entry, Kind
from persistence.memory.journal import MemoryJournal

SNAPSHOT_EVERY_FACTS = 40
"""Small, so that recoveries start from snapshots too."""
DOWN_S_MAX = 2.0
"""How long it takes at most until a process that died is started again."""


Host = Shard | Router | Supervisor


class Surroundings(msgspec.Struct, frozen=True):
    """What all processes of a world share. `passed`, `died_at`: how often they came to a place, and died there."""

    directory: Directory
    network: Network
    store: MemoryJournal
    faults: Faults
    ledger: Ledger
    broadcast: Broadcast
    rows: WrittenRows
    passed: Counter[str]
    died_at: Counter[str]


class Process:
    """One place for a shard, a router or a supervisor. One incarnation at most is wanted; a paused one may linger."""

    def __init__(self, kind: Kind, name: str, numbers: Sequence[int], around: Surroundings) -> None:
        self.kind = kind
        self.name = name
        self.numbers = list(numbers)
        self.shard: Shard | None = None
        self.router: Router | None = None
        self.supervisor: Supervisor | None = None
        self.node: Node | None = None
        self.clock = SimulatedClock()
        self._around = around
        self._incarnation = 0
        self._tasks: list[asyncio.Task[None]] = []

    def start(self) -> None:
        """A new incarnation, whatever became of the last one. Nothing where there is nothing to own."""
        if not self.numbers:
            return
        around = self._around
        self._incarnation += 1
        address = f"{self.name}#{self._incarnation}"
        skew = around.faults.plan.clock_skew_ms
        self.clock = SimulatedClock(around.faults.rng.randint(-skew, skew))
        around.faults.count["clock_skewed"] += bool(self.clock.skew_ms)
        node = Node(
            address,
            self.kind,
            lambda back, kind, frame: hear(host, back, kind, frame),
            lambda what: self._may_die(node, "kill_at_send", f"sends {what}"),
        )
        node.life = Life(lambda place: self._may_die(node, "kill_at_await", place))
        host, work = self._make(node, address)
        self.node = around.directory.nodes[address] = node
        self._tasks.append(node.life.begin(work))

    def kill(self) -> None:
        """Dead at whatever it was waiting for; nothing of it runs any more."""
        if self.node is not None:
            self.node.life.end()

    def pause(self) -> None:
        """Stopped in its tracks, to wake up later without knowing."""
        if self.node is not None:
            self.node.pause()

    @property
    def ended(self) -> bool:
        """Whether the newest incarnation runs no more, although there is something to own."""
        return bool(self.numbers) and (not self._tasks or self._tasks[-1].done() or not self._lives)

    @property
    def lingering(self) -> int:
        """How many incarnations run that were replaced."""
        return sum(not task.done() for task in (self._tasks[:-1] if self.numbers else self._tasks))

    def failures(self) -> list[BaseException]:
        """What ended an incarnation that nobody killed."""
        return [
            error
            for task in self._tasks
            if task.done() and not task.cancelled() and (error := task.exception()) is not None
        ]

    @property
    def _lives(self) -> bool:
        return self.node is not None and self.node.alive

    def _make(self, node: Node, address: str) -> tuple[Host, Coroutine[Any, Any, None]]:
        around = self._around
        peers = SimulatedPeers(node, around.directory, around.network)
        if self.kind is Kind.ROUTER:
            self.router = Router(self.numbers, clock=self.clock, peers=peers, draws=around.faults.rng)
            return self.router, self.router.run()
        journal = FaultyJournal(around.store, around.faults, self._witness)
        if self.kind is Kind.SUPERVISOR:
            self.supervisor = Supervisor(
                self.numbers,
                journal=journal,
                clock=self.clock,
                peers=peers,
                publish=around.broadcast.from_node(node),
                address=address,
                save_every_facts=SNAPSHOT_EVERY_FACTS,
            )
            projector = Projector(journal, around.rows.from_afar(), list(self.numbers))
            return self.supervisor, until_one_ends(self.supervisor.run(), projector.run())
        self.shard = Shard(
            QUEUE_DOMAIN if self.kind is Kind.QUEUE else AGENT_DOMAIN,
            self.numbers,
            journal=journal,
            clock=self.clock,
            peers=peers,
            address=address,
            snapshot_every_facts=SNAPSHOT_EVERY_FACTS,
        )
        return self.shard, self.shard.run()

    def _may_die(self, node: Node, kind: str, place: str) -> None:
        """Perhaps die here: at this await, or instead of sending this and whatever was to follow."""
        around, faults = self._around, self._around.faults
        chance: float = getattr(faults.plan, kind)
        where = f"{self.kind.value} {place}"
        if not node.alive or faults.healed or not chance:
            return
        around.passed[where] += 1
        if faults.strikes(_DIED[kind], chance / around.passed[where]):
            around.died_at[where] += 1
            node.life.end()
            if node is self.node:
                down_s = faults.rng.uniform(0.05, DOWN_S_MAX)
                asyncio.get_running_loop().call_later(down_s, self._start_again, context=around.network.context)

    def _start_again(self) -> None:
        if self.ended and not self._around.faults.healed:
            self.start()

    def _witness(self, kind: Kind, claims: Sequence[Claim], entries: Sequence[Entry], written: frozenset[int]) -> None:
        around = self._around
        for claim in claims:
            head = around.store.head_of[kind, claim.partition]
            around.ledger.claimed(kind, claim.partition, head.epoch)
        around.ledger.witness(kind, claims, entries, written)


_DIED = {"kill_at_await": "killed_at_await", "kill_at_send": "killed_at_send"}


def hear(host: Host, back: Pipe, kind: Kind | None, frame: Frame) -> None:
    """Owners are heard by their kind; whoever asks wants an answer on their own link."""
    match host:
        case Shard() as shard:
            shard.receive(back, frame)
        case Supervisor() as supervisor if kind is None:
            supervisor.receive_from(back, frame)
        case Router() | Supervisor() as follower:
            follower.receive(kind or Kind.QUEUE, frame)
