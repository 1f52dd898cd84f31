"""One call: its states, its legs, and how events change it.

    waiting --offered--> offered --connected--> talking <--hold/resume--> held
       ^                    |                      |                       |
       +---- closed --------+                      +------ ended ----------+

A call that comes back from an offer keeps its arrival time and so its place in line. `ended` is terminal: nothing
follows it. Validation is in `switchboard`; this module holds the table and `evolve`, which never fails for an event
that the table allows.
"""

from enum import StrEnum

import msgspec
from msgspec.structs import replace

from engine import events as e
from engine.offer import Offer, OfferGroup
from engine.skills import SkillNeed
from engine.transitions import Table


class CallState(StrEnum):
    """Where a call stands."""

    NEW = "new"
    WAITING = "waiting"
    OFFERED = "offered"
    TALKING = "talking"
    HELD = "held"
    ENDED = "ended"


CALL_TRANSITIONS: Table[CallState] = {
    (CallState.NEW, e.CallQueued): CallState.WAITING,
    (CallState.WAITING, e.CallOffered): CallState.OFFERED,
    (CallState.WAITING, e.CallPrioritised): CallState.WAITING,
    (CallState.WAITING, e.CallEnded): CallState.ENDED,
    (CallState.OFFERED, e.OfferClosed): CallState.WAITING,
    (CallState.OFFERED, e.CallConnected): CallState.TALKING,
    (CallState.OFFERED, e.CallPrioritised): CallState.OFFERED,
    (CallState.OFFERED, e.CallEnded): CallState.ENDED,
    (CallState.TALKING, e.CallHeld): CallState.HELD,
    (CallState.TALKING, e.CallEnded): CallState.ENDED,
    (CallState.HELD, e.CallResumed): CallState.TALKING,
    (CallState.HELD, e.CallEnded): CallState.ENDED,
}


class LegKind(StrEnum):
    """Who is at the other end of a leg."""

    CALLER = "caller"
    AGENT = "agent"
    CONSULT = "consult"
    SUPERVISOR = "supervisor"


class Leg(msgspec.Struct, frozen=True):
    """One party of a call. `leased`: its door must keep saying that it is alive."""

    kind: LegKind
    party: str
    since_ms: int
    leased: bool = False
    held: bool = False


class Call(msgspec.Struct, frozen=True):
    """A contact from arrival to end. Times in Unix milliseconds; `version`: stream position of its last event."""

    call_id: str
    queue_id: str
    subject_id: str | None
    channel: str
    priority: int
    needs: tuple[SkillNeed, ...]
    arrived_at_ms: int
    state: CallState
    version: int
    legs: tuple[Leg, ...]
    credit_ms: int | None = None
    attempts: int = 0
    group: OfferGroup | None = None
    winner: Offer | None = None
    first_offered_at_ms: int | None = None
    answered_at_ms: int | None = None
    held_since_ms: int | None = None
    hold_ms: int = 0

    @property
    def agent_id(self) -> str | None:
        """Whom it rings at or who is talking."""
        if self.winner is not None:
            return self.winner.agent_id
        return self.group.offers[0].agent_id if self.group is not None else None

    @property
    def leased(self) -> bool:
        return any(leg.leased for leg in self.legs)


def queued(event: e.CallQueued, at_ms: int, position: int) -> Call:
    """A new call, waiting, with its caller leg."""
    return Call(
        call_id=event.call_id,
        queue_id=event.queue_id,
        subject_id=event.subject_id,
        channel=event.channel,
        priority=event.priority,
        needs=event.needs,
        arrived_at_ms=at_ms,
        state=CallState.WAITING,
        version=position,
        legs=(Leg(LegKind.CALLER, event.subject_id or event.call_id, at_ms, leased=event.leased),),
        credit_ms=event.credit_ms,
    )


def evolve(call: Call, event: e.CallEvent, at_ms: int, position: int) -> Call:
    """The call after one more event that its table allows."""
    match event:
        case e.CallOffered():
            offer = Offer(event.offer_id, event.agent_id, event.deadline_ms, position, event.terms)
            return replace(
                call,
                state=CallState.OFFERED,
                version=position,
                attempts=call.attempts + 1,
                group=OfferGroup((offer,)),
                first_offered_at_ms=call.first_offered_at_ms or at_ms,
            )
        case e.OfferClosed():
            return replace(call, state=CallState.WAITING, version=position, group=None)
        case e.CallConnected():
            return _connected(call, event, at_ms, position)
        case e.CallHeld():
            return replace(
                call,
                state=CallState.HELD,
                version=position,
                held_since_ms=at_ms,
                legs=_hold(call.legs, held=True),
            )
        case e.CallResumed():
            return replace(
                call,
                state=CallState.TALKING,
                version=position,
                hold_ms=hold_ms(call, at_ms),
                held_since_ms=None,
                legs=_hold(call.legs, held=False),
            )
        case e.CallPrioritised():
            return replace(call, priority=event.priority, version=position)
        case e.CallEnded():
            return replace(
                call,
                state=CallState.ENDED,
                version=position,
                group=None,
                hold_ms=hold_ms(call, at_ms),
                held_since_ms=None,
                legs=(),
            )


def hold_ms(call: Call, at_ms: int) -> int:
    """Hold time so far, the present hold included."""
    return call.hold_ms + (at_ms - call.held_since_ms if call.held_since_ms is not None else 0)


def _connected(call: Call, event: e.CallConnected, at_ms: int, position: int) -> Call:
    assert call.group is not None
    winner = call.group.find(event.offer_id)
    assert winner is not None
    return replace(
        call,
        state=CallState.TALKING,
        version=position,
        group=None,
        winner=winner,
        answered_at_ms=at_ms,
        legs=(*call.legs, Leg(LegKind.AGENT, winner.agent_id, at_ms)),
    )


def _hold(legs: tuple[Leg, ...], *, held: bool) -> tuple[Leg, ...]:
    return tuple(replace(leg, held=held) if leg.kind is LegKind.CALLER else leg for leg in legs)
