"""How simulated processes find each other, and what time they believe it is."""

import asyncio

from actors.simulation.network import Network, Node
from actors.wire import Frame, NotOwner
from persistence.journal import Kind
from persistence.memory.journal import MemoryJournal

EPOCH_MS = 1_700_000_000_000
"""Where simulated wall clocks start."""
STALE_S = 4.0
"""How long a process may go on talking to a former owner of a partition that does not say so."""


class SimulatedClock:
    """Virtual time as Unix milliseconds, off by a skew of its own, and perhaps by a jump."""

    def __init__(self, skew_ms: int = 0) -> None:
        self.skew_ms = skew_ms
        self.jump_ms = 0

    def now_ms(self) -> int:
        return EPOCH_MS + self.skew_ms + self.jump_ms + round(asyncio.get_running_loop().time() * 1_000)


class Directory:
    """All nodes by address, and who owns what: the heads of the store."""

    def __init__(self, store: MemoryJournal) -> None:
        self._store = store
        self.nodes: dict[str, Node] = {}

    def owner(self, kind: Kind, partition: int) -> Node | None:
        head = self._store.head_of.get((kind, partition))
        return self.nodes.get(head.address) if head is not None else None


class SimulatedPeers:
    """`actors.ports.Peers` for one node. It looks an owner up now and then, and so may talk to a former one."""

    def __init__(self, node: Node, directory: Directory, network: Network) -> None:
        node.on_not_owner = self._forget
        self._node = node
        self._directory = directory
        self._network = network
        self._known: dict[tuple[Kind, int], tuple[float, Node | None]] = {}

    def send(self, kind: Kind, partition: int, frame: Frame) -> None:
        owner = self._owner(kind, partition)
        if owner is not None and self._node.alive:
            self._network.pipe(self._node, owner).send(frame)

    def _forget(self, refusal: NotOwner) -> None:
        self._known.pop((refusal.kind, refusal.partition), None)

    def _owner(self, kind: Kind, partition: int) -> Node | None:
        now_s = asyncio.get_running_loop().time()
        until_s, owner = self._known.get((kind, partition), (0.0, None))
        if owner is None or not owner.alive or now_s >= until_s:
            owner = self._directory.owner(kind, partition)
            self._known[kind, partition] = (now_s + STALE_S, owner)
        return owner
