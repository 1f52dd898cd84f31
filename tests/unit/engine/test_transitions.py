"""The transition tables against `decide`: every row happens, and every row that is missing is refused."""

from collections.abc import Callable
from itertools import product

import pytest

from engine import events as e
from engine import messages as m
from engine.agent import ENGAGEMENT_TRANSITIONS, EngagementState
from engine.call import CALL_TRANSITIONS, CallState
from engine.commands import (
    AcceptOffer,
    CompleteWrapUp,
    DeclineOffer,
    EnqueueCall,
    HangUpCall,
    HoldCall,
    Outcome,
    PrioritiseCall,
    ResumeCall,
)
from engine.decision import Decision
from engine.principals import Principal
from engine.transitions import mermaid
from tests.unit.engine.stand import ANN, BOSS, CALLER, Stand

OFFER_ID = "k1#1"


def name_of(one: object) -> str:
    return str(getattr(one, "__name__", one))


def held(stand: Stand) -> None:
    stand.talking()
    assert stand.tell(HoldCall("k1"), ANN).ok


def ended(stand: Stand) -> None:
    stand.queued()
    assert stand.tell(HangUpCall("k1"), CALLER).ok


CALLS: dict[CallState, Callable[[Stand], object]] = {
    CallState.NEW: lambda _: None,
    CallState.WAITING: Stand.queued,
    CallState.OFFERED: Stand.ringing,
    CallState.TALKING: Stand.talking,
    CallState.HELD: held,
    CallState.ENDED: ended,
}


def command(body: object, by: Principal) -> Callable[[Stand], Decision]:
    return lambda stand: stand.decide(stand.command(body, by))  # type: ignore[arg-type]


def proposal(stand: Stand) -> Decision:
    call = stand.board.calls.get("k1")
    return stand.decide(m.ProposeOffer("k1", "ann", call.version if call is not None else 1))


CALL_ATTEMPTS: dict[type, Callable[[Stand], Decision]] = {
    e.CallQueued: command(EnqueueCall("k1", "desk"), CALLER),
    e.CallOffered: proposal,
    e.OfferClosed: lambda stand: stand.decide(m.OfferReport(OFFER_ID, "k1", "ann", e.OfferEnd.DECLINED, 0)),
    e.CallConnected: lambda stand: stand.decide(m.AcceptVote(OFFER_ID, "k1", "ann", 0)),
    e.CallHeld: command(HoldCall("k1"), ANN),
    e.CallResumed: command(ResumeCall("k1"), ANN),
    e.CallPrioritised: command(PrioritiseCall("k1", 7), BOSS),
    e.CallEnded: command(HangUpCall("k1"), BOSS),
}
REFUSALS: dict[tuple[CallState, type], str] = {
    (CallState.NEW, e.CallHeld): "unknown_call",
    (CallState.NEW, e.CallResumed): "unknown_call",
    (CallState.NEW, e.CallPrioritised): "unknown_call",
    (CallState.NEW, e.CallEnded): "ok",
    (CallState.WAITING, e.CallQueued): "call_exists",
    (CallState.WAITING, e.CallHeld): "not_your_call",
    (CallState.WAITING, e.CallResumed): "not_your_call",
    (CallState.OFFERED, e.CallQueued): "call_exists",
    (CallState.OFFERED, e.CallHeld): "not_your_call",
    (CallState.OFFERED, e.CallResumed): "not_your_call",
    (CallState.TALKING, e.CallQueued): "call_exists",
    (CallState.TALKING, e.CallResumed): "illegal_transition",
    (CallState.TALKING, e.CallPrioritised): "illegal_transition",
    (CallState.HELD, e.CallQueued): "call_exists",
    (CallState.HELD, e.CallHeld): "illegal_transition",
    (CallState.HELD, e.CallPrioritised): "illegal_transition",
    (CallState.ENDED, e.CallQueued): "call_ended",
    (CallState.ENDED, e.CallHeld): "call_ended",
    (CallState.ENDED, e.CallResumed): "call_ended",
    (CallState.ENDED, e.CallPrioritised): "call_ended",
    (CallState.ENDED, e.CallEnded): "ok",
}
"""What a command hears in a state whose row is missing. Messages between owners are answered, never refused."""


def state_of(stand: Stand) -> CallState:
    call = stand.board.calls.get("k1")
    if call is not None:
        return call.state
    return CallState.ENDED if "k1" in stand.board.ended else CallState.NEW


@pytest.mark.parametrize(("state", "event"), list(product(CALLS, CALL_ATTEMPTS)), ids=name_of)
def test_call_in_a_state_then_only_rows_of_the_table_happen(state: CallState, event: type) -> None:
    stand = Stand()
    CALLS[state](stand)
    assert state_of(stand) is state
    decision = CALL_ATTEMPTS[event](stand)
    successor = CALL_TRANSITIONS.get((state, event))
    assert any(isinstance(one, event) for one in decision.events) == (successor is not None)
    if successor is not None:
        assert state_of(stand) is successor
        return
    if (state, event) != (CallState.NEW, e.CallEnded):  # which leaves a tombstone
        assert state_of(stand) is state
        assert all(isinstance(one, e.CommandRefused) for one in decision.events)
    if (state, event) in REFUSALS:
        assert isinstance(decision.answer, Outcome)
        assert decision.answer.code == REFUSALS[state, event]
        assert decision.answer.ok or decision.answer.message


def test_call_table_then_it_has_no_row_that_nothing_leads_to() -> None:
    assert {(state, event) for state, event in product(CALLS, CALL_ATTEMPTS)} >= set(CALL_TRANSITIONS)


def about_to_ring(stand: Stand) -> None:
    stand.available("ann")
    stand.offered()


ENGAGEMENTS: dict[EngagementState, Callable[[Stand], object]] = {
    EngagementState.NEW: about_to_ring,
    EngagementState.RINGING: Stand.ringing,
    EngagementState.ACCEPTING: Stand.accepting,
    EngagementState.LIVE: Stand.talking,
    EngagementState.WRAP_UP: Stand.wrapping_up,
    EngagementState.GONE: lambda stand: (stand.ringing(), stand.tell(DeclineOffer("ann", OFFER_ID), ANN)),
}


def make_offer(stand: Stand) -> Decision:
    step = stand.board.steps.get(OFFER_ID)
    if not isinstance(step, m.MakeOffer):
        step = m.MakeOffer(
            OFFER_ID, "ann", "k1", "desk", None, 0, (), 0, stand.now_ms + 1, 3, e.OfferTerms(30.0, False, 2, 5.0)
        )
    return stand.decide(step)


ENGAGEMENT_ATTEMPTS: dict[type, Callable[[Stand], Decision]] = {
    e.OfferMade: make_offer,
    e.OfferAccepted: command(AcceptOffer("ann", OFFER_ID), ANN),
    e.OfferEnded: command(DeclineOffer("ann", OFFER_ID), ANN),
    e.AssignmentStarted: lambda stand: stand.decide(m.VoteCounted(OFFER_ID, "ann", connected=True)),
    e.WrapUpCompleted: command(CompleteWrapUp("ann", "k1"), ANN),
}
ENGAGEMENT_REFUSALS: dict[tuple[EngagementState, type], str] = {
    (EngagementState.NEW, e.OfferAccepted): "unknown_offer",
    (EngagementState.NEW, e.OfferEnded): "unknown_offer",
    (EngagementState.NEW, e.WrapUpCompleted): "illegal_transition",
    (EngagementState.RINGING, e.WrapUpCompleted): "illegal_transition",
    (EngagementState.ACCEPTING, e.OfferAccepted): "illegal_transition",
    (EngagementState.ACCEPTING, e.OfferEnded): "illegal_transition",
    (EngagementState.ACCEPTING, e.WrapUpCompleted): "illegal_transition",
    (EngagementState.LIVE, e.OfferAccepted): "illegal_transition",
    (EngagementState.LIVE, e.OfferEnded): "illegal_transition",
    (EngagementState.LIVE, e.WrapUpCompleted): "illegal_transition",
    (EngagementState.WRAP_UP, e.OfferAccepted): "illegal_transition",
    (EngagementState.WRAP_UP, e.OfferEnded): "illegal_transition",
    (EngagementState.GONE, e.OfferAccepted): "offer_ended",
    (EngagementState.GONE, e.OfferEnded): "offer_ended",
    (EngagementState.GONE, e.WrapUpCompleted): "illegal_transition",
}
BY_MESSAGE_ONLY = {(EngagementState.ACCEPTING, e.OfferEnded)}
"""Rows that a command may not take: who has voted is bound until the owner of the call has spoken."""


def engagement_of(stand: Stand) -> EngagementState:
    found = stand.roster.agents["ann"].find(OFFER_ID)
    if found is not None:
        return found.state
    return EngagementState.GONE if OFFER_ID in stand.roster.over else EngagementState.NEW


@pytest.mark.parametrize(("state", "event"), list(product(ENGAGEMENTS, ENGAGEMENT_ATTEMPTS)), ids=name_of)
def test_engagement_in_a_state_then_only_rows_of_the_table_happen(state: EngagementState, event: type) -> None:
    stand = Stand()
    ENGAGEMENTS[state](stand)
    assert engagement_of(stand) is state
    decision = ENGAGEMENT_ATTEMPTS[event](stand)
    successor = None if (state, event) in BY_MESSAGE_ONLY else ENGAGEMENT_TRANSITIONS.get((state, event))
    assert any(isinstance(one, event) for one in decision.events) == (successor is not None)
    if successor is not None:
        assert engagement_of(stand) is successor
        return
    assert engagement_of(stand) is state
    if isinstance(decision.answer, Outcome):
        assert decision.answer.code == ENGAGEMENT_REFUSALS[state, event]


@pytest.mark.parametrize(
    ("state", "connected", "successor"),
    [
        (EngagementState.RINGING, False, EngagementState.GONE),
        (EngagementState.ACCEPTING, False, EngagementState.GONE),
        (EngagementState.ACCEPTING, True, EngagementState.WRAP_UP),
        (EngagementState.LIVE, True, EngagementState.WRAP_UP),
        (EngagementState.WRAP_UP, True, EngagementState.WRAP_UP),
        (EngagementState.GONE, False, EngagementState.GONE),
        (EngagementState.NEW, False, EngagementState.GONE),
    ],
)
def test_release_in_a_state_then_it_ends_the_engagement_the_right_way(
    state: EngagementState, *, connected: bool, successor: EngagementState
) -> None:
    stand = Stand()
    ENGAGEMENTS[state](stand)
    answer = stand.ask(m.ReleaseOffer(OFFER_ID, "ann", connected, stand.now_ms + 20_000))
    assert answer == m.OfferReleased(OFFER_ID)
    assert engagement_of(stand) is successor


def test_tables_then_their_diagrams_have_a_line_for_each_row() -> None:
    assert len(mermaid(CALL_TRANSITIONS).splitlines()) == len(CALL_TRANSITIONS) + 1
    assert len(mermaid(ENGAGEMENT_TRANSITIONS).splitlines()) == len(ENGAGEMENT_TRANSITIONS) + 1
    assert "    offered --> talking: call_connected" in mermaid(CALL_TRANSITIONS)
