"""Two journals with a clinic's facts in them, and an owner that feeds them: what a supervisor and a projector see."""

from collections.abc import Callable

from actors.simulation.peers import EPOCH_MS, SimulatedClock
from actors.wire import FeedFacts, FeedReady, Frame, Live, Subscribe
from engine.commands import EnqueueCall, HangUpCall
from engine.events import encode_fact, event_type
from engine.livepicture import LiveDelta, LivePicture
from engine.livepicture.frames import decode
from engine.settings import AgentSettings, QueueSettings
from persistence.journal import Claim, Entry, Kind, partition_of
from persistence.memory.journal import MemoryJournal
from tests.unit.clinic import Clinic, Placed

TENANT = "ash"
NUMBER = partition_of(TENANT)


class Reader:
    """A link on which a supervisor answers."""

    closed = False

    def __init__(self) -> None:
        self.frames: list[Frame] = []

    def send(self, frame: Frame) -> None:
        self.frames.append(frame)

    def picture(self) -> LivePicture:
        """The last whole picture that was sent, its pieces put together."""
        pieces = [frame for frame in self.frames if isinstance(frame, Live)]
        whole = decode(b"".join(piece.payload for piece in pieces if piece.request_id == pieces[-1].request_id))
        assert isinstance(whole, LivePicture)
        return whole


class Channel:
    """Where deltas are published; `refuses` makes it fail."""

    def __init__(self) -> None:
        self.deltas: list[LiveDelta] = []
        self.refuses = False

    async def publish(self, tenant_id: str, payload: bytes) -> None:
        assert tenant_id == TENANT
        if self.refuses:
            raise ConnectionError
        delta = decode(payload)
        assert isinstance(delta, LiveDelta)
        self.deltas.append(delta)


class Owners:
    """Both owners of one clinic: they journal what happens, and answer and feed who follows (`actors.ports.Peers`)."""

    def __init__(self) -> None:
        self.store = MemoryJournal()
        self.clinic = Clinic()
        self.clinic.now_ms = EPOCH_MS
        self.clinic.open([QueueSettings("q0", "Billing")], [AgentSettings("ana", ("q0",))])
        self.hears: Callable[[Kind, Frame], None] = lambda _kind, _frame: None
        self.asked: list[tuple[Kind, Subscribe]] = []
        self.deaf = False
        self._claims: dict[Kind, Claim] = {}
        self._written = {Kind.QUEUE: 0, Kind.AGENT: 0}

    async def begin(self) -> None:
        for kind in (Kind.QUEUE, Kind.AGENT):
            (self._claims[kind],) = await self.store.claim(kind, [NUMBER], f"{kind}#1")
        await self.journal(tell=False)

    async def arrive(self, call_id: str, *, tell: bool = True) -> None:
        """A call more, durable, and told to followers or not."""
        self.clinic.now_ms = SimulatedClock().now_ms()
        self.clinic.tell(EnqueueCall(call_id, "q0"))
        await self.journal(tell=tell)

    async def leave(self, call_id: str) -> None:
        self.clinic.now_ms = SimulatedClock().now_ms()
        self.clinic.tell(HangUpCall(call_id))
        await self.journal(tell=True)

    async def journal(self, *, tell: bool) -> None:
        for kind, facts in ((Kind.QUEUE, self.clinic.queue_facts), (Kind.AGENT, self.clinic.agent_facts)):
            fresh = facts[self._written[kind] :]
            self._written[kind] = len(facts)
            if fresh:
                await self._append(kind, fresh, tell=tell)

    def heartbeat(self) -> None:
        for kind, claim in self._claims.items():
            self.hears(kind, FeedFacts(NUMBER, claim.epoch, claim.position, ()))

    def send(self, kind: Kind, partition: int, frame: Frame) -> None:
        """A follower subscribes: it hears where we stand, and what it missed is for the journal to tell."""
        assert isinstance(frame, Subscribe)
        assert partition == NUMBER
        self.asked.append((kind, frame))
        if not self.deaf:
            claim = self._claims[kind]
            self.hears(kind, FeedReady(NUMBER, claim.epoch, frame.request, claim.position, reset=False))

    async def _append(self, kind: Kind, facts: list[Placed], *, tell: bool) -> None:
        claim = self._claims[kind]
        entries = [
            Entry(NUMBER, position, TENANT, event_type(one.fact.event), one.fact.at_ms, encode_fact(one.fact))
            for position, one in enumerate(facts, start=claim.position + 1)
        ]
        assert await self.store.append(kind, [claim], entries)
        self._claims[kind] = Claim(NUMBER, claim.epoch, entries[-1].position)
        if tell:
            told = tuple((TENANT, entry.payload) for entry in entries)
            self.hears(kind, FeedFacts(NUMBER, claim.epoch, claim.position, told))
