"""Offers, seen by the owner of the call: one at a time, one winner, and every message twice does nothing twice."""

from collections.abc import Callable

import pytest

from engine import events as e
from engine import messages as m
from engine.call import CallState
from engine.commands import HangUpCall
from engine.switchboard.board import OFFER_GRACE_MS
from engine.switchboard.decide import decide
from tests.unit.engine.stand import CALLER, Stand


def test_proposal_then_the_call_is_offered_until_its_deadline() -> None:
    stand = Stand()
    offer = stand.offered()
    assert (offer.offer_id, offer.agent_id, offer.deadline_ms) == ("k1#1", "ann", stand.now_ms + 20_000)
    assert offer.quoted == stand.board.position
    assert stand.board.calls["k1"].state is CallState.OFFERED


def test_proposal_of_an_older_version_then_refused() -> None:
    stand = Stand()
    version = stand.queued().version
    stand.offered()
    assert stand.ask(m.ProposeOffer("k1", "bob", version)) == m.ProposalRefused("k1", "bob")
    assert len(stand.events(e.CallOffered)) == 1


def test_second_proposal_while_it_rings_then_refused() -> None:
    stand = Stand()
    stand.ringing()
    assert stand.ask(m.ProposeOffer("k1", "bob", stand.board.calls["k1"].version)) == m.ProposalRefused("k1", "bob")


def test_offer_denied_then_the_call_waits_and_the_agent_is_released_to_be_sure() -> None:
    stand = Stand()
    offer = stand.offered()
    assert stand.ask(offer) == m.OfferDenied(offer.offer_id)
    stand.ask(m.OfferDenied(offer.offer_id))
    assert stand.board.calls["k1"].state is CallState.WAITING
    assert isinstance(stand.board.steps.get(offer.offer_id), m.ReleaseOffer)
    stand.exchange()
    assert stand.ask(offer) == m.OfferDenied(offer.offer_id)


def test_vote_for_the_open_offer_then_connected() -> None:
    stand = Stand()
    offer = stand.talking()
    assert stand.board.calls["k1"].agent_id == "ann"
    assert stand.board.offers == {offer.offer_id: "k1"}
    assert len(stand.board.steps) == 0


def test_vote_again_after_it_was_counted_then_the_same_answer_and_no_event() -> None:
    stand = Stand()
    offer = stand.talking()
    vote = m.AcceptVote(offer.offer_id, "k1", "ann", offer.quoted)
    decision = stand.decide(vote)
    assert decision.answer == m.VoteCounted(offer.offer_id, "ann", connected=True)
    assert decision.events == ()


def test_vote_for_an_offer_that_is_over_then_it_does_not_win() -> None:
    stand = Stand()
    first = stand.accepting()
    stand.elapse(20_000 + OFFER_GRACE_MS)
    stand.ask(m.OfferReleased(first.offer_id))
    second = stand.offered("k1", "bob")
    vote = m.AcceptVote(first.offer_id, "k1", "ann", first.quoted)
    assert stand.ask(vote) == m.VoteCounted(first.offer_id, "ann", connected=False)
    assert stand.board.calls["k1"].group is not None
    assert stand.board.steps.get(second.offer_id) == second


def test_vote_for_an_offer_whose_release_is_open_then_the_release_is_the_answer() -> None:
    stand = Stand()
    offer = stand.accepting()
    vote = m.AcceptVote(offer.offer_id, "k1", "ann", offer.quoted)
    stand.decide(vote)
    stand.tell(HangUpCall("k1"), CALLER)
    answer = stand.ask(vote)
    assert answer == m.ReleaseOffer(offer.offer_id, "ann", connected=True, deadline_ms=offer.deadline_ms)
    assert isinstance(answer, m.ReleaseOffer)
    stand.ask(answer)
    assert len(stand.events(e.AssignmentStarted, e.WrapUpStarted)) == 2


@pytest.mark.parametrize(
    "message",
    [
        m.AcceptVote("k1#1", "k1", "ann", 1_000),
        m.OfferReport("k1#1", "k1", "ann", e.OfferEnd.DECLINED, 1_000),
    ],
)
def test_message_quotes_what_this_owner_has_not_reached_then_no_answer(message: m.Message) -> None:
    stand = Stand()
    decision = stand.decide(message)
    assert decision.events == ()
    assert decision.answer is None


def test_digest_then_what_is_over_and_how_far_this_owner_has_got() -> None:
    stand = Stand()
    live = stand.talking()
    held = (
        m.HeldOffer(live.offer_id, "k1", "ann", live.quoted),
        m.HeldOffer("k9#1", "k9", "bob", 2),
    )
    assert stand.ask(m.HoldingDigest(held)) == m.DigestChecked(stand.board.position, held[1:])


def test_digest_of_a_conversation_whose_release_is_open_then_left_to_the_release() -> None:
    stand = Stand()
    offer = stand.talking()
    stand.tell(HangUpCall("k1"), CALLER)
    held = (m.HeldOffer(offer.offer_id, "k1", "ann", offer.quoted),)
    assert stand.ask(m.HoldingDigest(held)) == m.DigestChecked(stand.board.position, ())


def test_agent_never_answers_then_the_offer_expires_after_a_grace_and_not_before() -> None:
    stand = Stand()
    stand.offered()
    stand.elapse(20_000 + OFFER_GRACE_MS - 1)
    assert stand.events(e.OfferClosed) == []
    stand.elapse(1)
    assert stand.events(e.OfferClosed) == [e.OfferClosed("k1", "k1#1", e.OfferEnd.EXPIRED, release=True)]


def test_owner_was_away_at_the_deadline_then_votes_get_their_time_to_arrive() -> None:
    stand = Stand()
    stand.offered()
    stand.now_ms += 60_000
    stand.board.recovered(stand.now_ms)
    stand.elapse(OFFER_GRACE_MS - 1)
    assert stand.events(e.OfferClosed) == []
    stand.elapse(1)
    assert len(stand.events(e.OfferClosed)) == 1


def test_offer_fails_and_another_is_made_then_it_has_another_id() -> None:
    stand = Stand()
    offer = stand.ringing()
    stand.ask(m.OfferReport(offer.offer_id, "k1", "ann", e.OfferEnd.DECLINED, offer.quoted))
    assert stand.offered("k1", "bob").offer_id == "k1#2"
    assert stand.board.calls["k1"].first_offered_at_ms == stand.now_ms


SCENES: list[Callable[[Stand], object]] = [
    Stand.queued,
    Stand.offered,
    Stand.ringing,
    Stand.accepting,
    Stand.talking,
    Stand.wrapping_up,
]


@pytest.mark.parametrize("scene", SCENES, ids=lambda scene: scene.__name__)
@pytest.mark.parametrize(
    "message",
    [
        m.OfferTaken("k1#1"),
        m.OfferDenied("k1#1"),
        m.OfferReleased("k1#1"),
        m.AcceptVote("k1#1", "k1", "ann", 0),
        m.OfferReport("k1#1", "k1", "ann", e.OfferEnd.RANG_OUT, 0),
    ],
    ids=lambda message: type(message).__name__,
)
def test_message_twice_in_any_state_then_the_second_changes_nothing(
    scene: Callable[[Stand], object], message: m.Message
) -> None:
    stand = Stand()
    scene(stand)
    stand.decide(message)
    decision = stand.decide(message)
    assert decision.events == ()


@pytest.mark.parametrize(
    "message",
    [m.VoteCounted("k1#1", "ann", connected=True), m.ReportReceived("k1#1", "ann"), m.DigestChecked(9, ())],
)
def test_message_for_the_other_owner_then_nothing(message: m.Message) -> None:
    stand = Stand()
    stand.queued()
    assert decide(stand.board, message, stand.now_ms).events == ()
