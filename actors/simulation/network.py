"""Links between simulated processes.

Envelopes (commands and messages between owners) are lost, doubled, delayed and reordered freely. Feeds and frames keep
their order on one link, as on a real connection; what they suffer is the connection being cut. A client that is slow
hears nothing for a while, and is cut off when too much waits for it.
"""

import asyncio
from collections.abc import Callable
from contextvars import copy_context

from actors.simulation.driven import Life
from actors.simulation.faults import CALM, Faults
from actors.wire import Envelope, Frame, NotOwner, decode, encode
from engine.commands import Outcome
from persistence.journal import Kind

Receive = Callable[["Pipe", Kind | None, Frame], None]

UNHEARD_MAX = 40
"""Frames that may wait for a slow client."""
DELAYED_S = 0.05
"""A message that takes longer counts as delayed."""


class Node:
    """A process as the network sees it. `kind` None: a client. A stopped node hears nothing until it goes on.

    `on_send` hears of everything that the node is about to send, by name, and may end it before it does.
    """

    def __init__(
        self, name: str, kind: Kind | None, receive: Receive, on_send: Callable[[str], None] = lambda _: None
    ) -> None:
        self.name = name
        self.kind = kind
        self.life = Life()
        self.on_send = on_send
        self.on_not_owner: Callable[[NotOwner], None] = lambda _: None
        self._receive = receive
        self._unheard: list[tuple[Pipe, Kind | None, Frame]] = []

    @property
    def alive(self) -> bool:
        return self.life.alive

    def deliver(self, back: "Pipe", kind: Kind | None, frame: Frame) -> bool:
        """Hear a frame, now or when the node goes on; False if too many wait already."""
        if not self.alive:
            return True
        if not self.life.running.is_set():
            self._unheard.append((back, kind, frame))
            return self.kind is not None or len(self._unheard) <= UNHEARD_MAX
        if isinstance(frame, NotOwner):
            self.on_not_owner(frame)
        self._receive(back, kind, frame)
        return True

    def pause(self) -> None:
        self.life.running.clear()

    def resume(self) -> None:
        self.life.running.set()
        unheard, self._unheard = self._unheard, []
        for back, kind, frame in unheard:
            self.deliver(back, kind, frame)

    def forget_unheard(self) -> None:
        """What had arrived is lost with its connection."""
        self._unheard = []


class Pipe:
    """One direction of a link: what `source` sends arrives at `target`."""

    def __init__(self, network: "Network", source: Node, target: Node) -> None:
        self._network = network
        self._source = source
        self._target = target
        self._last_arrives_s = 0.0
        self._in_order_until_s = 0.0
        self.cut = False

    @property
    def closed(self) -> bool:
        return self.cut or not self._target.alive or not self._source.alive

    def send(self, frame: Frame) -> None:
        if not self.closed:
            self._source.on_send(_name(frame))
        if self.closed:
            return
        faults, network = self._network.faults, self._network
        frame = decode(encode((frame,)))[0]
        if isinstance(frame, Envelope):
            self._send_freely(frame)
            return
        if faults.strikes("link_cut", faults.plan.cut_link):
            network.cut(self._source, self._target)
            return
        now_s = asyncio.get_running_loop().time()
        arrives_s = max(now_s + faults.delay_s(), self._in_order_until_s + 1e-6)
        self._in_order_until_s = arrives_s
        self._deliver_after(arrives_s - now_s, frame)

    def _send_freely(self, frame: Envelope) -> None:
        faults = self._network.faults
        if faults.strikes("message_lost", faults.plan.lose):
            faults.count["answer_lost"] += isinstance(frame.body, Outcome)
            return
        delay_s = faults.delay_s()
        arrives_s = asyncio.get_running_loop().time() + delay_s
        if not faults.healed and faults.plan.delay_ms_mean > CALM.delay_ms_mean:
            faults.count["message_delayed"] += delay_s > DELAYED_S
            faults.count["message_overtaken"] += arrives_s < self._last_arrives_s
        self._last_arrives_s = max(arrives_s, self._last_arrives_s)
        self._deliver_after(delay_s, frame)
        if faults.strikes("message_doubled", faults.plan.double):
            self._deliver_after(faults.delay_s() * 20, frame)

    def _deliver_after(self, delay_s: float, frame: Frame) -> None:
        """What happens on arrival is the receiver's doing, not the sender's."""
        asyncio.get_running_loop().call_later(delay_s, self._arrive, frame, context=self._network.context)

    def _arrive(self, frame: Frame) -> None:
        if self.closed and not isinstance(frame, Envelope):
            return
        network = self._network
        network.steps += 1
        if not self._target.deliver(network.pipe(self._target, self._source), self._source.kind, frame):
            network.faults.count["client_cut_off"] += 1
            network.isolate(self._target)


class Network:
    """All links of a world. A message that is under way survives its sender."""

    def __init__(self, faults: Faults) -> None:
        self.faults = faults
        self.steps = 0
        self.context = copy_context()
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

    def isolate(self, node: Node) -> None:
        """Break every connection of a node; what it had not heard yet is lost."""
        node.forget_unheard()
        for ends, pipe in self._pipes.items():
            if node.name in ends:
                pipe.cut = True


def _name(frame: Frame) -> str:
    """What is sent: the kind of frame, or of what is in the envelope."""
    return type(frame.body if isinstance(frame, Envelope) else frame).__name__
