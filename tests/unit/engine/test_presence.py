"""Presence: what agents choose, what shows, and what an offer's end does to it."""

import pytest

from engine import events as e
from engine import messages as m
from engine.agent import Presence
from engine.commands import AcceptOffer, CompleteWrapUp, ConfigureAgent, DeclineOffer, HangUpCall, SetPresence
from engine.roster.book import CONNECTION_LOST, SOFTPHONE_GRACE_MS
from engine.settings import AgentSettings, QueueSettings
from tests.unit.engine.stand import ANN, BOB, BOSS, CALLER, Stand

RONA_AFTER_TWO = QueueSettings("desk", "Desk", offer_timeout_s=5.0, rona_away_after=2, rest_after_decline_s=0.0)


def presence(stand: Stand, agent_id: str = "ann") -> Presence:
    return stand.roster.agents[agent_id].presence


def test_agent_works_through_a_call_then_presence_follows() -> None:
    stand = Stand()
    seen = [presence(stand)]
    offer = stand.ringing()
    seen.append(presence(stand))
    stand.tell(AcceptOffer("ann", offer.offer_id), ANN)
    stand.exchange()
    seen.append(presence(stand))
    stand.tell(HangUpCall("k1"), ANN)
    stand.exchange()
    seen.append(presence(stand))
    stand.tell(CompleteWrapUp("ann", "k1"), ANN)
    seen.append(presence(stand))
    assert seen == ["offline", "offered", "on_call", "wrap_up", "available"]


def test_away_while_it_rings_then_the_ring_is_declined() -> None:
    stand = Stand()
    offer = stand.ringing()
    assert stand.tell(SetPresence("ann", "away", "lunch"), ANN).ok
    assert presence(stand) is Presence.AWAY
    (ended,) = stand.events(e.OfferEnded)
    assert isinstance(ended, e.OfferEnded)
    assert (ended.reason, ended.report) == (e.OfferEnd.DECLINED, True)
    stand.exchange()
    assert stand.board.lines["desk"].call_ids() == ["k1"]
    assert stand.board.steps.get(offer.offer_id) is None


def test_away_after_the_vote_then_the_call_is_taken_and_away_shows_afterwards() -> None:
    stand = Stand()
    stand.accepting()
    stand.tell(SetPresence("ann", "away", "lunch"), ANN)
    stand.exchange()
    assert presence(stand) is Presence.ON_CALL
    stand.tell(HangUpCall("k1"), CALLER)
    stand.exchange()
    stand.tell(CompleteWrapUp("ann", "k1"), ANN)
    assert (presence(stand), stand.roster.agents["ann"].reason) == (Presence.AWAY, "lunch")


def test_offer_ends_for_who_has_left_then_never_back_to_available() -> None:
    stand = Stand()
    offer = stand.accepting()
    stand.tell(SetPresence("ann", "offline"), ANN)
    stand.ask(m.VoteCounted(offer.offer_id, "ann", connected=False))
    assert presence(stand) is Presence.OFFLINE
    assert not stand.roster.agents["ann"].free


def test_decline_then_rested_before_the_next_ring() -> None:
    stand = Stand()
    offer = stand.ringing()
    stand.tell(DeclineOffer("ann", offer.offer_id), ANN)
    assert presence(stand) is Presence.AVAILABLE
    assert not stand.roster.agents["ann"].free
    stand.renewed("ann")
    stand.elapse(4_999)
    assert not stand.roster.agents["ann"].free
    stand.elapse(1)
    assert stand.roster.agents["ann"].free
    assert stand.events(e.AgentRested) == [e.AgentRested("ann")]


def test_offers_ring_out_in_a_row_then_away_for_rona() -> None:
    stand = Stand(RONA_AFTER_TWO)
    for attempt in (1, 2):
        assert presence(stand) is (Presence.OFFLINE if attempt == 1 else Presence.AVAILABLE)
        if attempt == 1:
            stand.ringing()
        else:
            stand.ask(stand.offered())
        stand.renewed("ann")
        stand.elapse(5_000)
        stand.exchange()
    assert (presence(stand), stand.roster.agents["ann"].reason) == (Presence.AWAY, "rona")
    assert [event.reason for event in stand.events(e.OfferEnded) if isinstance(event, e.OfferEnded)] == [
        e.OfferEnd.RANG_OUT,
        e.OfferEnd.RANG_OUT,
    ]


@pytest.mark.parametrize("in_between", ["decline", "talk", "choose"])
def test_something_else_happens_between_missed_rings_then_they_are_not_in_a_row(in_between: str) -> None:
    stand = Stand(RONA_AFTER_TWO)
    stand.ringing("k1")
    stand.renewed("ann")
    stand.elapse(5_000)
    stand.exchange()
    if in_between == "decline":
        offer = stand.offered("k2")
        stand.ask(offer)
        stand.tell(DeclineOffer("ann", offer.offer_id), ANN)
    elif in_between == "talk":
        stand.wrapping_up("k2")
        stand.tell(CompleteWrapUp("ann", "k2"), ANN)
    else:
        stand.available("ann")
    stand.ask(stand.offered("k3"))
    stand.renewed("ann")
    stand.elapse(5_000)
    assert presence(stand) is Presence.AVAILABLE


def test_ring_is_withdrawn_then_neither_missed_nor_at_the_end_of_the_idle() -> None:
    stand = Stand()
    stand.available("ann")
    idle_since_ms = stand.roster.agents["ann"].idle_since_ms
    stand.elapse(1_000)
    stand.ask(stand.offered())
    stand.tell(HangUpCall("k1"), CALLER)
    stand.exchange()
    agent = stand.roster.agents["ann"]
    assert (agent.idle_since_ms, agent.missed_in_a_row) == (idle_since_ms, 0)


def test_available_chosen_again_then_the_place_among_the_idle_is_kept() -> None:
    stand = Stand()
    stand.available("ann")
    idle_since_ms = stand.roster.agents["ann"].idle_since_ms
    stand.elapse(1_000)
    stand.available("ann")
    assert stand.roster.agents["ann"].idle_since_ms == idle_since_ms
    stand.tell(SetPresence("ann", "away", "lunch"), ANN)
    stand.available("ann")
    assert stand.roster.agents["ann"].idle_since_ms == stand.now_ms


def test_softphone_falls_silent_then_rings_end_and_the_agent_is_away_until_it_is_back() -> None:
    stand = Stand()
    stand.ringing()
    stand.elapse(SOFTPHONE_GRACE_MS)
    assert (presence(stand), stand.roster.agents["ann"].reason) == (Presence.AWAY, CONNECTION_LOST)
    (ended,) = stand.events(e.OfferEnded)
    assert isinstance(ended, e.OfferEnded)
    assert ended.reason is e.OfferEnd.DISCONNECTED
    stand.renewed("ann", "unknown")
    assert presence(stand) is Presence.AVAILABLE
    stand.elapse(SOFTPHONE_GRACE_MS - 1)
    assert presence(stand) is Presence.AVAILABLE


def test_softphone_falls_silent_during_a_call_then_the_call_is_kept() -> None:
    stand = Stand()
    stand.talking()
    stand.elapse(SOFTPHONE_GRACE_MS)
    assert presence(stand) is Presence.ON_CALL
    stand.renewed("ann")
    assert stand.roster.agents["ann"].base is Presence.AVAILABLE


def test_softphone_of_who_chose_to_be_away_comes_back_then_still_away() -> None:
    stand = Stand()
    stand.available("ann")
    stand.tell(SetPresence("ann", "away", "lunch"), ANN)
    stand.elapse(10 * SOFTPHONE_GRACE_MS)
    stand.renewed("ann")
    assert stand.roster.agents["ann"].reason == "lunch"


def test_recovery_then_the_grace_starts_anew() -> None:
    stand = Stand()
    stand.available("ann")
    stand.now_ms += 10 * SOFTPHONE_GRACE_MS
    stand.roster.recovered(stand.now_ms)
    stand.elapse(SOFTPHONE_GRACE_MS - 1)
    assert presence(stand) is Presence.AVAILABLE


def test_capacity_of_two_then_two_rings_and_no_third() -> None:
    stand = Stand(ann=AgentSettings("ann", ("desk",), capacity=2))
    stand.ringing("k1")
    assert stand.ask(stand.offered("k2")) == m.OfferTaken("k2#1")
    assert stand.ask(stand.offered("k3")) == m.OfferDenied("k3#1")


def test_one_of_two_calls_in_wrap_up_then_no_further_ring() -> None:
    stand = Stand(ann=AgentSettings("ann", ("desk",), capacity=2))
    stand.wrapping_up("k1")
    assert stand.ask(stand.offered("k2")) == m.OfferDenied("k2#1")


def test_settings_change_during_a_call_then_the_call_goes_on() -> None:
    stand = Stand()
    stand.talking()
    assert stand.tell(ConfigureAgent(AgentSettings("ann", ())), BOSS).ok
    assert presence(stand) is Presence.ON_CALL
    stand.tell(HangUpCall("k1"), CALLER)
    stand.exchange()
    stand.tell(CompleteWrapUp("ann", "k1"), ANN)
    assert stand.ask(stand.offered("k2")) == m.OfferDenied("k2#1")


def test_another_agent_then_may_not_choose_and_a_supervisor_may() -> None:
    stand = Stand()
    assert stand.tell(SetPresence("ann", "available"), BOB).code == "not_your_call"
    assert stand.tell(SetPresence("ann", "available"), BOSS).ok
    assert stand.tell(SetPresence("zoe", "available"), BOSS).code == "unknown_agent"
