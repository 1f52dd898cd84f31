"""Following a partition: a state, then every fact in order, without a gap.

A follower asks the owner for what comes after the position it has reached. The owner serves that from its newest
facts, or sends its whole state. Facts that do not continue where the follower stands are a gap: it asks again. An owner
sends a heartbeat every second; silence means that owner or link is gone, and the follower asks whoever owns it now.

A follower that begins at a position (`after`) takes no states: the journal is its truth and the feed only makes it
fast. When it is `behind` it reads from the journal what it missed (`catch_up`). Now and then it is held against the
journal's head (`compare`), so that not even an owner that does not know yet that it was replaced can keep it waiting.
"""

from collections.abc import Callable

from actors.ports import Peers
from actors.wire import FeedChunk, FeedFacts, FeedReady, Subscribe
from engine.events import Fact, decode_fact
from persistence.journal import Head, Journal, Kind

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
        after: int | None = None,
    ) -> None:
        """Follow the owner of a partition. `after`: from this position on, with the journal for what is missed."""
        self.kind = kind
        self.partition = partition
        self.epoch = 0
        self.position = after
        self.synced = False
        self.behind = after is not None
        self._journaled = after is not None
        self._head_seen = 0
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

    def is_current(self, now_ms: int) -> bool:
        """Whether nothing is missing and the owner has been heard lately."""
        return self.synced and not self.behind and now_ms - self._heard_at_ms < SILENCE_MS

    def lost(self) -> None:
        """The link to the owner is gone: do not wait for silence to tell."""
        self.synced = False

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

    async def catch_up(self, journal: Journal) -> None:
        """Take from the journal all that comes after our position. Raises `StoreError`; what was taken stays taken."""
        assert self.position is not None
        async for page in journal.read(self.kind, self.partition, self.position):
            for entry in page:
                assert entry.position == self.position + 1, "the journal has lost what was not followed yet"
                self.position = entry.position
                self._on_fact(entry.tenant_id, decode_fact(entry.payload), entry.position)
        self.behind = False

    def compare(self, head: Head) -> None:
        """See in the journal's head whether the feed has stalled: called now and then, it allows one round of delay."""
        assert self.position is not None
        if head.epoch > self.epoch:
            self.synced = False
        if self._head_seen > self.position:
            self.behind = True
        self._head_seen = head.position

    def _ready(self, frame: FeedReady, now_ms: int) -> None:
        if self._journaled:
            assert self.position is not None
            self.synced = frame.position >= self.position
            self.behind |= frame.position > self.position
        elif frame.reset:
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
        if frame.after > self.position and self._journaled:
            self._heard_at_ms = now_ms
            self.behind = True
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
        peers.send(self.kind, self.partition, Subscribe(self.partition, self._request, self.position, self._journaled))

    def _forget_parts(self) -> None:
        self._parts = {}
        self._finished = {}
