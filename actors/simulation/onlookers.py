"""Who watches the live view of a simulated tenant, and the channel on which frames reach them.

An onlooker does what every gateway must do: apply the deltas that follow, ask for the whole picture after a gap or
under a new epoch, keep what arrives meanwhile, and drop what an incarnation says that was replaced.
"""

import asyncio
from collections.abc import Awaitable, Callable

from actors.simulation.door import SendToOwner
from actors.simulation.faults import Faults
from actors.simulation.ledger import Ledger
from actors.simulation.network import Node, Pipe
from actors.wire import Frame, Live, ReadLive
from engine.livepicture import LiveDelta, LivePicture, apply, follows
from engine.livepicture.frames import decode
from persistence.journal import Kind, partition_of

ASK_AGAIN_S = 0.5
GONE_S_MAX = 3.0
"""How long the shared store is away at most when it was emptied."""


class Onlooker:
    """One tenant's live view, as somebody sees it."""

    def __init__(self, tenant_id: str, ledger: Ledger, send: Callable[[Node], SendToOwner]) -> None:
        self.tenant_id = tenant_id
        self.picture: LivePicture | None = None
        self.node = Node(f"onlooker-{tenant_id}", None, self._receive)
        self._ledger = ledger
        self._send = send(self.node)
        self._epoch = 0
        self._requests = 0
        self._pieces = b""
        self._unapplied: list[LiveDelta] = []

    async def watch(self) -> None:
        """Ask for the whole picture whenever it is missing."""
        while True:
            if self.picture is None:
                self._requests += 1
                self._pieces = b""
                read = ReadLive(self.tenant_id, f"{self.tenant_id}-{self._requests}")
                self._send(Kind.SUPERVISOR, partition_of(self.tenant_id), read)
            await asyncio.sleep(ASK_AGAIN_S)

    def hear(self, payload: bytes) -> None:
        """A frame from the channel."""
        delta = decode(payload)
        assert isinstance(delta, LiveDelta)
        if int(delta.epoch) < self._epoch:
            return
        self._epoch = int(delta.epoch)
        self._unapplied.append(delta)
        self._apply()

    def resync(self) -> None:
        """The channel is there again: whatever it carried meanwhile was missed."""
        self.picture, self._unapplied = None, []

    def _apply(self) -> None:
        """Apply what follows; what does not, means that the whole is needed."""
        for delta in self._unapplied if self.picture is not None else ():
            assert self.picture is not None
            if delta.epoch == self.picture.epoch and delta.position <= self.picture.position:
                continue
            if not follows(self.picture, delta):
                self.picture, self._unapplied = None, [delta]
                return
            self.picture = apply(self.picture, delta)
        if self.picture is not None:
            self._unapplied = []

    def _receive(self, back: Pipe, kind: Kind | None, frame: Frame) -> None:
        del back, kind
        if not isinstance(frame, Live) or frame.request_id != f"{self.tenant_id}-{self._requests}":
            return
        if frame.tenant_id != self.tenant_id:
            self._ledger.says(f"{self.tenant_id} was shown the picture of {frame.tenant_id}")
        self._pieces += frame.payload
        if frame.more:
            return
        picture = decode(self._pieces)
        assert isinstance(picture, LivePicture)
        if int(picture.epoch) >= self._epoch:
            self._epoch = int(picture.epoch)
            self._unapplied = [delta for delta in self._unapplied if delta.epoch == picture.epoch]
            self.picture = picture
            self._apply()


class Broadcast:
    """The channel: in order per publisher, lossy, sometimes refusing, at times emptied and gone for a while."""

    def __init__(self, faults: Faults) -> None:
        self._faults = faults
        self._gone = False
        self.onlookers: dict[str, Onlooker] = {}

    def empty(self) -> None:
        """The shared store dies with all that is in it; those who listen find it again a little later."""
        if not self._gone:
            self._gone = True
            self._faults.count["shared_store_emptied"] += 1
            asyncio.get_running_loop().call_later(self._faults.rng.uniform(0.1, GONE_S_MAX), self._return)

    def _return(self) -> None:
        self._gone = False
        for onlooker in self.onlookers.values():
            onlooker.resync()

    def from_node(self, node: Node) -> Callable[[str, bytes], Awaitable[None]]:
        """The way a process publishes. One that died publishes nothing."""

        async def publish(tenant_id: str, payload: bytes) -> None:
            faults = self._faults
            await asyncio.sleep(faults.delay_s() / 10)
            if faults.strikes("publish_failed", faults.plan.publish_fails) or self._gone:
                raise ConnectionError
            if node.alive and not faults.strikes("frame_lost", faults.plan.publish_fails):
                self.onlookers[tenant_id].hear(payload)

        return publish
