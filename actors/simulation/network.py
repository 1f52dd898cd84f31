"""Links between simulated processes.

Envelopes (commands and messages between owners) are lost, doubled, delayed and reordered freely. Feeds and frames keep
their order on one link, as on a real connection; what they suffer is the connection being cut.
"""

import asyncio
from collections.abc import Callable

from actors.simulation.faults import Faults
from actors.wire import Envelope, Frame, NotOwner, decode, encode
from persistence.journal import Kind

Receive = Callable[["Pipe", Kind | None, Frame], None]


class Node:
    """A process as the network sees it. `kind` None: a client. A paused node hears nothing until it resumes."""

    def __init__(self, name: str, kind: Kind | None, receive: Receive) -> None:
        self.name = name
        self.kind = kind
        self.alive = True
        self.running = asyncio.Event()
        self.running.set()
        self.on_not_owner: Callable[[NotOwner], None] = lambda _: None
        self._receive = receive
        self._unheard: list[tuple[Pipe, Kind | None, Frame]] = []

    def deliver(self, back: "Pipe", kind: Kind | None, frame: Frame) -> None:
        if not self.alive:
            return
        if self.running.is_set():
            if isinstance(frame, NotOwner):
                self.on_not_owner(frame)
            self._receive(back, kind, frame)
        else:
            self._unheard.append((back, kind, frame))

    def pause(self) -> None:
        self.running.clear()

    def resume(self) -> None:
        self.running.set()
        unheard, self._unheard = self._unheard, []
        for back, kind, frame in unheard:
            self.deliver(back, kind, frame)


class Pipe:
    """One direction of a link: what `source` sends arrives at `target`."""

    def __init__(self, network: "Network", source: Node, target: Node) -> None:
        self._network = network
        self._source = source
        self._target = target
        self._in_order_until_s = 0.0
        self.cut = False

    @property
    def closed(self) -> bool:
        return self.cut or not self._target.alive or not self._source.alive

    def send(self, frame: Frame) -> None:
        if self.closed:
            return
        faults, network = self._network.faults, self._network
        frame = decode(encode((frame,)))[0]
        if isinstance(frame, Envelope):
            if faults.strikes("message_lost", faults.plan.lose):
                return
            self._deliver_after(faults.delay_s(), frame)
            if faults.strikes("message_doubled", faults.plan.double):
                self._deliver_after(faults.delay_s() * 20, frame)
            return
        if faults.strikes("link_cut", faults.plan.cut_link):
            network.cut(self._source, self._target)
            return
        now_s = asyncio.get_running_loop().time()
        arrives_s = max(now_s + faults.delay_s(), self._in_order_until_s + 1e-6)
        self._in_order_until_s = arrives_s
        self._deliver_after(arrives_s - now_s, frame)

    def _deliver_after(self, delay_s: float, frame: Frame) -> None:
        asyncio.get_running_loop().call_later(delay_s, self._arrive, frame)

    def _arrive(self, frame: Frame) -> None:
        if self.closed and not isinstance(frame, Envelope):
            return
        self._network.steps += 1
        back = self._network.pipe(self._target, self._source)
        self._target.deliver(back, self._source.kind, frame)


class Network:
    """All links of a world. A message that is under way survives its sender."""

    def __init__(self, faults: Faults) -> None:
        self.faults = faults
        self.steps = 0
        self._pipes: dict[tuple[str, str], Pipe] = {}

    def pipe(self, source: Node, target: Node) -> Pipe:
        """The link from one to the other, made anew if it was cut."""
        key = (source.name, target.name)
        found = self._pipes.get(key)
        if found is None or found.closed:
            found = self._pipes[key] = Pipe(self, source, target)
        return found

    def cut(self, one: Node, other: Node) -> None:
        """Break the connection in both directions."""
        for key in ((one.name, other.name), (other.name, one.name)):
            if key in self._pipes:
                self._pipes[key].cut = True
