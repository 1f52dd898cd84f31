"""The judge's account of calls and their offers, kept from the queues' streams, without the engine's tables."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from engine import events as e
from engine.skills import SkillNeed

WAITING, OFFERED, CONNECTED, ENDED = "waiting", "offered", "connected", "ended"


@dataclass
class KnownOffer:
    """One offer, as both streams tell of it."""

    offer_id: str
    call_id: str
    agent_id: str
    deadline_ms: int
    position: int
    queue_ends: int = 0
    won: bool = False
    made: bool = False
    voted: bool = False
    started: bool = False
    agent_ends: int = 0


@dataclass
class KnownCall:
    """One call. True times: since when it waits in its present place, when it was last offered, when it ended."""

    call_id: str
    tenant_id: str
    queue_id: str
    priority: int
    needs: tuple[SkillNeed, ...]
    leased: bool
    arrived_at_ms: int
    settled_since_ms: int
    credit_ms: int | None = None
    offered_at_ms: int = 0
    ended_at_ms: int | None = None
    state: str = WAITING
    attempts: int = 0
    offer: KnownOffer | None = None

    @property
    def place(self) -> tuple[int, int, str]:
        """Its place in line: priority, then arrival; or arrival less the credit for its priority."""
        if self.credit_ms is not None:
            return (0, self.arrived_at_ms - self.priority * self.credit_ms, self.call_id)
        return (-self.priority, self.arrived_at_ms, self.call_id)


@dataclass
class CallBook:
    """Every call and every offer that was ever journaled. `complain` takes a sentence; `now_ms` is true time."""

    complain: Callable[[str], None]
    now_ms: Callable[[], int]
    calls: dict[str, KnownCall] = field(default_factory=dict)
    offers: dict[str, KnownOffer] = field(default_factory=dict)
    tombstones: dict[str, int] = field(default_factory=dict)

    def waiting(self, tenant_id: str) -> Iterator[KnownCall]:
        return (call for call in self.calls.values() if call.tenant_id == tenant_id and call.state is WAITING)

    def record(self, tenant_id: str, position: int, fact: e.Fact) -> None:
        """Take one fact of a queue stream."""
        event, at_ms = fact.event, fact.at_ms
        call_id: str = getattr(event, "call_id", "")
        if not call_id:
            return
        self._expect(call_id.startswith(tenant_id), f"{call_id} stands in {tenant_id}'s stream")
        match event:
            case e.CallQueued():
                self._queued(tenant_id, event, at_ms)
                return
            case e.CallTombstoned():
                self.tombstones[call_id] = event.until_ms
                return
        call = self.calls.get(call_id)
        if call is None or call.state is ENDED:
            self.complain(f"{call_id} is not live and yet there is {type(event).__name__}")
            return
        match event:
            case e.CallOffered():
                self._offered(call, event, position, at_ms)
            case e.OfferClosed():
                self._closed(call, event, at_ms)
            case e.CallConnected():
                self._connected(call, event)
            case e.CallPrioritised():
                self._expect(call.state in (WAITING, OFFERED), f"{call_id} prioritised while {call.state}")
                call.priority, call.settled_since_ms = event.priority, self.now_ms()
            case e.CallHeld() | e.CallResumed():
                self._expect(call.state is CONNECTED, f"{call_id} held or resumed while {call.state}")
            case e.CallEnded():
                self._ended(call, event)

    def _queued(self, tenant_id: str, event: e.CallQueued, at_ms: int) -> None:
        call_id = event.call_id
        self._expect(call_id not in self.calls, f"{call_id} queued twice")
        self._expect(self.tombstones.get(call_id, 0) < at_ms, f"{call_id} queued after its hang-up")
        self.calls[call_id] = KnownCall(
            call_id,
            tenant_id,
            event.queue_id,
            event.priority,
            event.needs,
            event.leased,
            at_ms,
            self.now_ms(),
            event.credit_ms,
        )

    def _offered(self, call: KnownCall, event: e.CallOffered, position: int, at_ms: int) -> None:
        self._expect(call.state is WAITING, f"{call.call_id} offered while {call.state}")
        self._expect(event.offer_id not in self.offers, f"{event.offer_id} offered twice")
        self._expect(event.agent_id.startswith(call.tenant_id), f"{event.offer_id} went to another tenant")
        self._expect(event.deadline_ms > at_ms, f"{event.offer_id} was over before it began")
        offer = KnownOffer(event.offer_id, call.call_id, event.agent_id, event.deadline_ms, position)
        self.offers[event.offer_id] = call.offer = offer
        call.state, call.offered_at_ms = OFFERED, self.now_ms()
        call.attempts += 1

    def _closed(self, call: KnownCall, event: e.OfferClosed, at_ms: int) -> None:
        offer = self._open(call, event.offer_id, "closed")
        if offer is not None and event.reason is e.OfferEnd.EXPIRED:
            self._expect(at_ms >= offer.deadline_ms, f"{offer.offer_id} expired before its deadline")
        call.state, call.offer, call.settled_since_ms = WAITING, None, self.now_ms()

    def _connected(self, call: KnownCall, event: e.CallConnected) -> None:
        offer = self._open(call, event.offer_id, "won")
        if offer is not None:
            self._expect(offer.voted, f"{offer.offer_id} won without a vote")
            offer.won = True
        call.state = CONNECTED

    def _ended(self, call: KnownCall, event: e.CallEnded) -> None:
        offer, summary = call.offer, event.summary
        answered = call.state is CONNECTED
        self._expect((event.outcome is e.CallOutcome.ANSWERED) == answered, f"{call.call_id} ended {event.outcome}")
        self._expect(call.leased or event.outcome is not e.CallOutcome.LOST, f"{call.call_id} lost without a lease")
        told = (summary.queue_id, summary.priority, summary.arrived_at_ms, summary.attempts, summary.offer_id)
        winner_id = offer.offer_id if offer is not None and answered else None
        known = (call.queue_id, call.priority, call.arrived_at_ms, call.attempts, winner_id)
        self._expect(told == known, f"{call.call_id} ended with {told}, known is {known}")
        if offer is not None and not answered:
            self._end(offer)
        call.state, call.offer, call.ended_at_ms = ENDED, None, self.now_ms()

    def _open(self, call: KnownCall, offer_id: str, what: str) -> KnownOffer | None:
        """The open offer, which ends here."""
        offer = call.offer
        if call.state is not OFFERED or offer is None or offer.offer_id != offer_id:
            self.complain(f"{offer_id} {what} but not open")
            return None
        self._end(offer)
        return offer

    def _end(self, offer: KnownOffer) -> None:
        offer.queue_ends += 1
        self._expect(offer.queue_ends == 1, f"{offer.offer_id} ended twice")

    def _expect(self, holds: bool, sentence: str) -> None:  # noqa: FBT001
        if not holds:
            self.complain(sentence)
