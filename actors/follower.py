"""Following a partition: a state, then every fact in order, without a gap.

A follower asks the owner for what comes after the position it has reached. The owner serves that from its newest
facts, or sends its whole state. Facts that do not continue where the follower stands are a gap: it asks again. An owner
sends a heartbeat every second; silence means that owner or link is gone, and the follower asks whoever owns it now.
"""

from collections.abc import Callable

from actors.ports import Peers
from actors.wire import FeedChunk, FeedFacts, FeedReady, Subscribe
from engine.events import Fact, decode_fact
from persistence.journal import Kind

SILENCE_MS = 3_000
"""After this long without a word from the owner a follower subscribes again."""
RETRY_MS = 500

FeedFrame = FeedChunk | FeedReady | FeedFacts


class Follower:
    """One followed partition.

    `on_reset(states)` replaces all tenants; `on_fact(tenant_id, fact, position)` changes one.
    """

    def __init__(
        self,
        kind: Kind,
        partition: int,
        *,
        on_reset: Callable[[dict[str, bytes]], None],
        on_fact: Callable[[str, Fact, int], None],
    ) -> None:
        self.kind = kind
        self.partition = partition
        self.epoch = 0
        self.position: int | None = None
        self.synced = False
        self._on_reset = on_reset
        self._on_fact = on_fact
        self._parts: dict[str, bytes] = {}
        self._finished: dict[str, bytes] = {}
        self._request = 0
        self._heard_at_ms = 0
        self._asked_at_ms: int | None = None

    def tick(self, peers: Peers, now_ms: int) -> None:
        """Subscribe if that is due."""
        if self.synced and now_ms - self._heard_at_ms < SILENCE_MS:
            return
        if self._asked_at_ms is None or now_ms - self._asked_at_ms >= RETRY_MS:
            self._subscribe(peers, now_ms)

    def receive(self, peers: Peers, frame: FeedFrame, now_ms: int) -> None:
        """Take a frame of the feed."""
        if frame.epoch < self.epoch:
            return
        if frame.epoch > self.epoch:
            self.epoch = frame.epoch
            self._forget_parts()
        match frame:
            case FeedChunk(request=request) | FeedReady(request=request) if request != self._request:
                return
            case FeedChunk():
                piece = self._parts.pop(frame.tenant_id, b"") + frame.payload
                (self._parts if frame.more else self._finished)[frame.tenant_id] = piece
            case FeedReady():
                self._ready(frame, now_ms)
            case FeedFacts():
                self._facts(peers, frame, now_ms)

    def _ready(self, frame: FeedReady, now_ms: int) -> None:
        if frame.reset:
            if self.position is None or frame.position >= self.position:
                self._on_reset(self._finished)
                self.position = frame.position
                self.synced = True
        elif self.position == frame.position:
            self.synced = True
        self._heard_at_ms = now_ms
        self._forget_parts()

    def _facts(self, peers: Peers, frame: FeedFacts, now_ms: int) -> None:
        if not self.synced or self.position is None:
            return
        if frame.after > self.position:
            self.synced = False
            self._subscribe(peers, now_ms)
            return
        self._heard_at_ms = now_ms
        for offset, (tenant_id, payload) in enumerate(frame.facts, start=1):
            if frame.after + offset == self.position + 1:
                self.position += 1
                self._on_fact(tenant_id, decode_fact(payload), self.position)

    def _subscribe(self, peers: Peers, now_ms: int) -> None:
        self._asked_at_ms = now_ms
        self._request += 1
        self._forget_parts()
        peers.send(self.kind, self.partition, Subscribe(self.partition, self._request, self.position))

    def _forget_parts(self) -> None:
        self._parts = {}
        self._finished = {}
