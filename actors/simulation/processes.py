"""Simulated processes: shards, routers and supervisors that are started, killed, paused and started again."""

import asyncio
from collections.abc import Sequence

import msgspec

from actors.domain import AGENT_DOMAIN, QUEUE_DOMAIN
from actors.projector import Projector
from actors.router import Router
from actors.shard import Shard
from actors.simulation.faults import Faults
from actors.simulation.ledger import Ledger
from actors.simulation.network import Network, Node, Pipe
from actors.simulation.onlookers import Broadcast
from actors.simulation.rows import WrittenRows
from actors.simulation.store import FaultyJournal
from actors.supervisor import Supervisor
from actors.together import until_one_ends
from actors.wire import Frame, NotOwner
from persistence.journal import Claim, Entry, Kind
from persistence.memory.journal import MemoryJournal

EPOCH_MS = 1_700_000_000_000
"""Where simulated wall clocks start."""
STALE_S = 4.0
"""How long a process may go on talking to a former owner of a partition that does not say so."""
SNAPSHOT_EVERY_FACTS = 40
"""Small, so that recoveries start from snapshots too."""


class SimulatedClock:
    """Virtual time as Unix milliseconds, off by a skew of its own."""

    def __init__(self, skew_ms: int = 0) -> None:
        self._skew_ms = skew_ms

    def now_ms(self) -> int:
        return EPOCH_MS + self._skew_ms + round(asyncio.get_running_loop().time() * 1_000)


class Directory:
    """All nodes by address, and who owns what: the heads of the store."""

    def __init__(self, store: MemoryJournal, network: Network) -> None:
        self._store = store
        self.network = network
        self.nodes: dict[str, Node] = {}

    def owner(self, kind: Kind, partition: int) -> Node | None:
        head = self._store.head_of.get((kind, partition))
        return self.nodes.get(head.address) if head is not None else None


class SimulatedPeers:
    """`actors.ports.Peers` for one node. It looks an owner up now and then, and so may talk to a former one."""

    def __init__(self, node: Node, directory: Directory) -> None:
        node.on_not_owner = self._forget
        self._node = node
        self._directory = directory
        self._known: dict[tuple[Kind, int], tuple[float, Node | None]] = {}

    def send(self, kind: Kind, partition: int, frame: Frame) -> None:
        owner = self._owner(kind, partition)
        if owner is not None and self._node.alive:
            self._directory.network.pipe(self._node, owner).send(frame)

    def _forget(self, refusal: NotOwner) -> None:
        self._known.pop((refusal.kind, refusal.partition), None)

    def _owner(self, kind: Kind, partition: int) -> Node | None:
        now_s = asyncio.get_running_loop().time()
        until_s, owner = self._known.get((kind, partition), (0.0, None))
        if owner is None or not owner.alive or now_s >= until_s:
            owner = self._directory.owner(kind, partition)
            self._known[kind, partition] = (now_s + STALE_S, owner)
        return owner


class Outlets(msgspec.Struct, frozen=True):
    """Where a supervisor's process publishes, and writes rows for reports."""

    broadcast: Broadcast
    rows: WrittenRows


class Process:
    """One place for a shard, a router or a supervisor. One incarnation at most is wanted; a paused one may linger."""

    def __init__(
        self,
        kind: Kind,
        numbers: Sequence[int],
        directory: Directory,
        store: MemoryJournal,
        faults: Faults,
        ledger: Ledger,
        outlets: Outlets,
    ) -> None:
        self.kind = kind
        self.numbers = numbers
        self.shard: Shard | None = None
        self.router: Router | None = None
        self.supervisor: Supervisor | None = None
        self._directory = directory
        self._store = store
        self._faults = faults
        self._ledger = ledger
        self._outlets = outlets
        self._incarnation = 0
        self.node: Node | None = None
        self._tasks: list[asyncio.Task[None]] = []

    def start(self) -> None:
        """A new incarnation, whatever became of the last one."""
        self._incarnation += 1
        address = f"{self.kind.value}-{self.numbers[0]}#{self._incarnation}"
        skew = self._faults.plan.clock_skew_ms
        clock = SimulatedClock(self._faults.rng.randint(-skew, skew))
        if self.kind is Kind.ROUTER:
            node = Node(address, self.kind, lambda _, kind, frame: router.receive(kind or Kind.QUEUE, frame))
            peers = SimulatedPeers(node, self._directory)
            self.router = router = Router(self.numbers, clock=clock, peers=peers, draws=self._faults.rng)
            work = router.run()
        elif self.kind is Kind.SUPERVISOR:
            node = Node(address, self.kind, lambda back, kind, frame: hear(supervisor, back, kind, frame))
            journal = FaultyJournal(self._store, self._faults, node, self._witness)
            self.supervisor = supervisor = Supervisor(
                self.numbers,
                journal=journal,
                clock=clock,
                peers=SimulatedPeers(node, self._directory),
                publish=self._outlets.broadcast.from_node(node),
                address=address,
                save_every_facts=SNAPSHOT_EVERY_FACTS,
            )
            projector = Projector(journal, self._outlets.rows.from_node(node), self.numbers)
            work = until_one_ends(supervisor.run(), projector.run())
        else:
            domain = QUEUE_DOMAIN if self.kind is Kind.QUEUE else AGENT_DOMAIN
            node = Node(address, self.kind, lambda back, _, frame: shard.receive(back, frame))
            self.shard = shard = Shard(
                domain,
                self.numbers,
                journal=FaultyJournal(self._store, self._faults, node, self._witness),
                clock=clock,
                peers=SimulatedPeers(node, self._directory),
                address=address,
                snapshot_every_facts=SNAPSHOT_EVERY_FACTS,
            )
            work = shard.run()
        self.node = node
        self._directory.nodes[address] = node
        self._tasks.append(asyncio.get_running_loop().create_task(work))

    def kill(self) -> None:
        """Dead at whatever it was waiting for; nothing of it runs any more."""
        if self.node is not None:
            self.node.alive = False
            self._tasks[-1].cancel()

    def pause(self) -> None:
        """Stopped in its tracks, to wake up later without knowing."""
        if self.node is not None:
            self.node.pause()

    @property
    def ended(self) -> bool:
        """Whether the newest incarnation runs no more."""
        return self._tasks[-1].done() or self.node is None or not self.node.alive

    @property
    def lingering(self) -> int:
        """How many incarnations run that were replaced."""
        return sum(not task.done() for task in self._tasks[:-1])

    def failures(self) -> list[BaseException]:
        """What ended an incarnation that nobody killed."""
        return [
            error
            for task in self._tasks
            if task.done() and not task.cancelled() and (error := task.exception()) is not None
        ]

    def _witness(self, kind: Kind, claims: Sequence[Claim], entries: Sequence[Entry], written: frozenset[int]) -> None:
        for number in self.numbers:
            head = self._store.head_of[kind, number]
            self._ledger.claimed(kind, number, head.epoch)
        self._ledger.witness(kind, claims, entries, written)


def hear(supervisor: Supervisor, back: Pipe, kind: Kind | None, frame: Frame) -> None:
    """Owners are heard by their kind; readers want an answer on their own link."""
    if kind is None:
        supervisor.receive_from(back, frame)
    else:
        supervisor.receive(kind, frame)
