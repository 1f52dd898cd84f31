"""Offers, seen by the agent's owner: taken only here and now, confirmed as often as asked, never twice."""

from collections.abc import Callable

import pytest
from msgspec.structs import replace

from engine import events as e
from engine import messages as m
from engine.agent import EngagementState, Presence
from engine.commands import AcceptOffer, CompleteWrapUp, DeclineOffer, HangUpCall, SetPresence
from engine.roster.decide import decide
from engine.settings import AgentSettings, QueueSettings
from engine.skills import SkillNeed
from tests.unit.engine.stand import ANN, CALLER, Stand


def taken(stand: Stand, offer: m.MakeOffer) -> bool:
    return stand.ask(offer) == m.OfferTaken(offer.offer_id)


def test_offer_is_taken_then_confirmed_as_often_as_it_is_asked() -> None:
    stand = Stand()
    offer = stand.ringing()
    for _ in range(3):
        assert taken(stand, offer)
    assert len(stand.events(e.OfferMade)) == 1


@pytest.mark.parametrize(
    "why",
    ["offline", "away", "resting", "busy", "another queue", "skill missing", "skill too low", "too late", "unknown"],
)
def test_agent_cannot_take_it_then_denied_and_nothing_written(why: str) -> None:
    settings = AgentSettings("ann", ("desk",), {"spanish": 3})
    stand = Stand(ann=settings)
    if why != "offline":
        stand.available("ann")
    offer = stand.offered()
    match why:
        case "away":
            stand.tell(SetPresence("ann", "away"), ANN)
        case "resting":
            other = stand.offered("k2")
            stand.ask(other)
            stand.tell(DeclineOffer("ann", other.offer_id), ANN)
        case "busy":
            stand.ask(stand.offered("k2"))
        case "another queue":
            offer = replace(offer, queue_id="billing")
        case "skill missing":
            offer = replace(offer, needs=(SkillNeed("french", 1),))
        case "skill too low":
            offer = replace(offer, needs=(SkillNeed("spanish", 4),))
        case "too late":
            offer = replace(offer, deadline_ms=stand.now_ms)
        case "unknown":
            offer = replace(offer, agent_id="zoe")
    position = stand.roster.position
    assert stand.ask(offer) == m.OfferDenied(offer.offer_id)
    assert stand.roster.position == position


def test_skill_is_just_good_enough_then_taken() -> None:
    stand = Stand(ann=AgentSettings("ann", ("desk",), {"spanish": 3}))
    stand.available("ann")
    stand.queued(needs=(SkillNeed("spanish", 3),))
    assert taken(stand, stand.offered())


def test_offer_was_declined_then_it_never_rings_again() -> None:
    stand = Stand(QueueSettings("desk", "Desk", offer_timeout_s=600.0, rest_after_decline_s=0.0))
    offer = stand.ringing()
    stand.tell(DeclineOffer("ann", offer.offer_id), ANN)
    for _ in range(14):
        stand.renewed("ann")
        stand.elapse(40_000)
        stand.available("ann")
        assert stand.ask(offer) == m.OfferDenied(offer.offer_id)


def test_release_comes_before_its_offer_then_the_offer_is_denied() -> None:
    stand = Stand()
    stand.available("ann")
    offer = stand.offered()
    release = m.ReleaseOffer(offer.offer_id, "ann", connected=False, deadline_ms=offer.deadline_ms)
    assert stand.ask(release) == m.OfferReleased(offer.offer_id)
    assert stand.ask(offer) == m.OfferDenied(offer.offer_id)
    assert stand.ask(release) == m.OfferReleased(offer.offer_id)
    assert len(stand.events(e.OfferTombstoned)) == 1


def test_accept_after_the_deadline_then_too_late() -> None:
    stand = Stand()
    offer = stand.ringing()
    stand.now_ms = offer.deadline_ms
    assert stand.tell(AcceptOffer("ann", offer.offer_id), ANN).code == "offer_ended"


def test_vote_is_open_then_it_is_asked_until_counted() -> None:
    stand = Stand()
    offer = stand.accepting()
    assert stand.roster.steps.get(offer.offer_id) == m.AcceptVote(offer.offer_id, "k1", "ann", offer.quoted)
    stand.elapse(15_000)
    assert isinstance(stand.roster.steps.get(offer.offer_id), m.AcceptVote)
    stand.ask(m.VoteCounted(offer.offer_id, "ann", connected=True))
    assert stand.roster.steps.get(offer.offer_id) is None


def test_who_has_voted_does_not_ring_out() -> None:
    stand = Stand()
    stand.accepting()
    stand.renewed("ann")
    stand.elapse(60_000)
    engagement = stand.roster.agents["ann"].find("k1#1")
    assert engagement is not None
    assert engagement.state is EngagementState.ACCEPTING


def test_vote_did_not_win_then_the_agent_is_free_and_has_missed_nothing() -> None:
    stand = Stand()
    offer = stand.accepting()
    stand.ask(m.VoteCounted(offer.offer_id, "ann", connected=False))
    assert stand.roster.agents["ann"].free
    assert stand.roster.agents["ann"].missed_in_a_row == 0
    assert stand.roster.reports == {}


def test_ring_out_then_reported_until_the_owner_of_the_call_has_recorded_it() -> None:
    stand = Stand()
    offer = stand.ringing()
    stand.renewed("ann")
    stand.now_ms = offer.deadline_ms
    stand.renewed("ann")
    stand.elapse(0)
    report = m.OfferReport(offer.offer_id, "k1", "ann", e.OfferEnd.RANG_OUT, offer.quoted)
    assert stand.roster.steps.get(offer.offer_id) == report
    stand.exchange()
    assert stand.board.lines["desk"].call_ids() == ["k1"]
    assert stand.roster.reports == {}
    assert stand.ask(m.ReportReceived(offer.offer_id, "ann")) is None


def test_digest_says_over_from_someone_who_had_got_as_far_then_it_ends() -> None:
    stand = Stand()
    offer = stand.talking()
    line = m.HeldOffer(offer.offer_id, "k1", "ann", offer.quoted)
    stand.ask(m.DigestChecked(offer.quoted, (line,)))
    assert stand.roster.agents["ann"].presence is Presence.WRAP_UP


def test_digest_says_over_from_someone_who_had_not_got_as_far_then_nothing() -> None:
    stand = Stand()
    offer = stand.talking()
    line = m.HeldOffer(offer.offer_id, "k1", "ann", offer.quoted)
    assert stand.decide(m.DigestChecked(offer.quoted - 1, (line,))).events == ()
    assert stand.roster.agents["ann"].presence is Presence.ON_CALL


SCENES: list[Callable[[Stand], object]] = [
    Stand.queued,
    Stand.ringing,
    Stand.accepting,
    Stand.talking,
    Stand.wrapping_up,
]


@pytest.mark.parametrize("scene", SCENES, ids=lambda scene: scene.__name__)
@pytest.mark.parametrize(
    "message",
    [
        m.MakeOffer("k1#1", "ann", "k1", "desk", None, 0, (), 0, 2_000_000, 3, e.OfferTerms(1.0, False, 2, 1.0)),
        m.VoteCounted("k1#1", "ann", connected=True),
        m.VoteCounted("k1#1", "ann", connected=False),
        m.ReportReceived("k1#1", "ann"),
        m.ReleaseOffer("k1#1", "ann", connected=True, deadline_ms=2_000_000),
        m.ReleaseOffer("k1#1", "ann", connected=False, deadline_ms=2_000_000),
        m.ReleaseOffer("k1#1", "zoe", connected=False, deadline_ms=2_000_000),
        m.DigestChecked(1_000, (m.HeldOffer("k1#1", "k1", "ann", 3), m.HeldOffer("k1#1", "k1", "zoe", 3))),
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


@pytest.mark.parametrize("message", [m.OfferTaken("k1#1"), m.OfferReleased("k1#1"), m.HoldingDigest(())])
def test_message_for_the_other_owner_then_nothing(message: m.Message) -> None:
    assert decide(Stand().roster, message, 0).events == ()


def test_wrap_up_then_it_ends_by_itself_after_its_time() -> None:
    stand = Stand()
    stand.wrapping_up()
    began_at_ms = stand.now_ms
    stand.renewed("ann")
    stand.elapse(29_999)
    assert stand.events(e.WrapUpCompleted) == []
    stand.elapse(1)
    assert stand.events(e.WrapUpCompleted) == [e.WrapUpCompleted("ann", "k1#1", "k1", "desk", began_at_ms, None)]


def test_disposition_is_required_then_wrap_up_waits_for_one() -> None:
    stand = Stand(QueueSettings("desk", "Desk", disposition_required=True, wrap_up_s=1.0))
    stand.wrapping_up()
    stand.elapse(3_600_000)
    assert stand.tell(CompleteWrapUp("ann", "k1"), ANN).code == "disposition_required"
    assert stand.tell(CompleteWrapUp("ann", "k1", "booked"), ANN).ok
    assert stand.roster.agents["ann"].engagements == ()


def test_wrap_up_of_no_seconds_then_free_at_once() -> None:
    stand = Stand(QueueSettings("desk", "Desk", wrap_up_s=0.0))
    stand.wrapping_up()
    stand.elapse(0)
    assert stand.roster.agents["ann"].free


def test_call_ends_before_the_vote_is_answered_then_the_release_brings_wrap_up() -> None:
    stand = Stand()
    offer = stand.accepting()
    stand.decide(m.AcceptVote(offer.offer_id, "k1", "ann", offer.quoted))
    stand.tell(HangUpCall("k1"), CALLER)
    stand.exchange()
    assert [type(event) for event in stand.events(e.AssignmentStarted, e.WrapUpStarted)] == [
        e.AssignmentStarted,
        e.WrapUpStarted,
    ]
    assert len(stand.board.steps) == 0
