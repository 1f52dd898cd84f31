"""The live picture: what it shows, and that deltas always add up to it."""

from collections import Counter
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine import events as e
from engine.agent import Presence
from engine.call import CallState
from engine.commands import AcceptOffer, CompleteWrapUp, EnqueueCall, HangUpCall, HoldCall, ResumeCall, SetPresence
from engine.livepicture import LivePicture, TallyRow, TenantPicture, apply, follows
from engine.livepicture.days import AgentDay, elapsed, new_day
from engine.livepicture.frames import decode, encode
from engine.livepicture.stored import dump, load
from engine.livepicture.tallies import INTERVAL_MS, KEPT_MS, Tallies, interval_of
from engine.principals import Principal, Role
from engine.settings import AgentSettings, QueueSettings
from tests.unit.clinic import START_MS, Clinic, Placed, interleaved

SEEDS = st.integers(0, 2**32)
ANA = Principal(Role.AGENT, "ana")


def lived(seed: int, steps: int = 60) -> Clinic:
    clinic = Clinic(seed)
    clinic.live(steps)
    return clinic


def take(picture: TenantPicture, placed: Placed, *, of_queue: bool) -> None:
    (picture.queue_fact if of_queue else picture.agent_fact)(placed.fact, placed.position)


def followed(clinic: Clinic, rng: Random) -> TenantPicture:
    picture = TenantPicture(clinic.tenant_id)
    for of_queue, placed in interleaved(clinic, rng):
        take(picture, placed, of_queue=of_queue)
    picture.paint(1, 0)
    return picture


def rows(picture: LivePicture) -> tuple[object, ...]:
    return picture.queues, picture.calls, picture.agents, picture.tallies


def opened(*queues: QueueSettings, capacity: int = 1) -> Clinic:
    clinic = Clinic()
    chosen = list(queues) or [QueueSettings("q0", "Appointments", wrap_up_s=30.0)]
    clinic.open(chosen, [AgentSettings("ana", tuple(queue.queue_id for queue in chosen), capacity=capacity)])
    return clinic


def pictured(clinic: Clinic) -> LivePicture:
    return followed(clinic, Random(0)).whole(1)


# -- deltas ------------------------------------------------------------------------------------------


@given(SEEDS)
def test_deltas_applied_to_a_snapshot_then_they_equal_a_fresh_one(seed: int) -> None:
    clinic, rng = lived(seed), Random(seed)
    picture, reader = TenantPicture("ash"), LivePicture("1", 0, 0)
    for of_queue, placed in interleaved(clinic, rng):
        take(picture, placed, of_queue=of_queue)
        if rng.random() < 0.3:
            delta = picture.paint(1, placed.fact.at_ms, heartbeat=rng.random() < 0.2)
            if delta is not None:
                told = decode(encode(delta))
                assert told == delta
                assert follows(reader, delta)
                reader = apply(reader, delta)
        if rng.random() < 0.05:
            reader = picture.whole(1)
        assert reader == picture.whole(1)
    last = picture.paint(1, clinic.now_ms)
    reader = apply(reader, last) if last is not None else reader
    assert rows(reader) == rows(pictured(clinic))


@given(SEEDS)
def test_two_interleavings_of_the_same_journals_then_one_picture(seed: int) -> None:
    clinic = lived(seed)
    one, other = followed(clinic, Random(seed)), followed(clinic, Random(seed + 1))
    assert rows(one.whole(1)) == rows(other.whole(1))


@given(SEEDS)
def test_stored_and_loaded_on_the_way_then_the_picture_is_the_same(seed: int) -> None:
    clinic, rng = lived(seed), Random(seed)
    picture = TenantPicture("ash")
    for of_queue, placed in interleaved(clinic, rng):
        if rng.random() < 0.05:
            picture, queue_position, agent_position = load("ash", dump(picture, 7, 9))
            assert (queue_position, agent_position) == (7, 9)
        take(picture, placed, of_queue=of_queue)
    picture.paint(1, 0)
    assert rows(picture.whole(1)) == rows(pictured(clinic))


@given(SEEDS)
def test_facts_heard_again_then_nothing_is_counted_twice(seed: int) -> None:
    clinic = lived(seed)
    picture = followed(clinic, Random(seed))
    for of_queue, placed in interleaved(clinic, Random(seed)):
        take(picture, placed, of_queue=of_queue)
    assert picture.paint(1, 1) is None


def test_nothing_has_changed_then_no_delta_unless_as_a_heartbeat() -> None:
    picture = followed(opened(), Random(0))
    assert picture.paint(1, 5) is None
    heartbeat = picture.paint(1, 5, heartbeat=True)
    assert heartbeat is not None
    assert (heartbeat.position, heartbeat.queues, heartbeat.at_ms) == (2, (), 5)


def test_delta_of_another_epoch_or_place_then_it_does_not_follow() -> None:
    picture = followed(opened(), Random(0))
    before = picture.whole(1)
    delta, further = picture.paint(1, 5, heartbeat=True), picture.paint(1, 6, heartbeat=True)
    assert delta is not None
    assert further is not None
    assert follows(before, delta)
    assert not follows(before, further)
    assert not follows(picture.whole(2), delta)


# -- what is shown -----------------------------------------------------------------------------------


@given(SEEDS)
def test_any_history_then_rows_agree_with_the_owners_states(seed: int) -> None:
    clinic = lived(seed)
    picture = pictured(clinic)
    for queue in picture.queues:
        calls = [call for call in clinic.board.calls.values() if call.queue_id == queue.queue_id]
        unanswered = [call for call in calls if call.state in {CallState.WAITING, CallState.OFFERED}]
        agents = [agent for agent in clinic.roster.agents.values() if queue.queue_id in agent.settings.queues]
        assert queue.waiting == sum(call.state is CallState.WAITING for call in calls)
        assert queue.ringing == sum(call.state is CallState.OFFERED for call in calls)
        assert queue.oldest_arrived_at_ms == min((call.arrived_at_ms for call in unanswered), default=None)
        assert queue.free == sum(agent.free for agent in agents)
        assert queue.on_call == sum(agent.presence is Presence.ON_CALL for agent in agents)
        assert queue.wrap_up == sum(agent.presence is Presence.WRAP_UP for agent in agents)
    assert {call.call_id: call.state for call in picture.calls} == {
        call_id: call.state for call_id, call in clinic.board.calls.items()
    }
    assert {agent.agent_id: agent.presence for agent in picture.agents} == {
        agent_id: agent.presence for agent_id, agent in clinic.roster.agents.items()
    }


@given(SEEDS)
def test_any_history_then_tallies_agree_with_a_count_of_the_facts(seed: int) -> None:
    clinic = lived(seed, steps=100)
    tallies = pictured(clinic).tallies
    events = Counter(type(placed.fact.event) for placed in clinic.queue_facts)
    ends = Counter(
        placed.fact.event.outcome for placed in clinic.queue_facts if isinstance(placed.fact.event, e.CallEnded)
    )
    assert sum(row.offered for row in tallies) == events[e.CallQueued]
    assert sum(row.answered for row in tallies) == events[e.CallConnected]
    assert sum(row.handled for row in tallies) == ends[e.CallOutcome.ANSWERED]
    assert sum(row.abandoned for row in tallies) == ends[e.CallOutcome.ABANDONED]
    unanswered = sum(call.answered_at_ms is None for call in clinic.board.calls.values())
    assert sum(row.offered - row.answered - row.abandoned - row.lost for row in tallies) == unanswered
    assert all(row.answered_within <= row.answered <= row.offered for row in tallies)
    assert all(row.abandoned_within <= row.abandoned for row in tallies)


def test_one_call_from_ring_to_wrap_up_then_every_figure_is_its_own() -> None:
    clinic = opened()
    clinic.pass_s(5)
    clinic.tell(EnqueueCall("k1", "q0", "subject-1"))
    clinic.keep_softphones()
    clinic.pass_s(8)
    clinic.propose("k1", "ana")
    ringing = pictured(clinic)
    assert (ringing.queues[0].waiting, ringing.queues[0].ringing) == (0, 1)
    assert ringing.calls[0].since_ms == START_MS + 13_000
    assert (ringing.agents[0].presence, ringing.agents[0].call_id) == (Presence.OFFERED, "k1")
    clinic.pass_s(1)
    clinic.tell(AcceptOffer("ana", "k1#1"), ANA)
    clinic.keep_softphones()
    clinic.pass_s(9)
    clinic.tell(HoldCall("k1"), ANA)
    assert pictured(clinic).calls[0].since_ms == clinic.now_ms
    clinic.pass_s(1)
    clinic.tell(ResumeCall("k1"), ANA)
    assert pictured(clinic).calls[0].since_ms == START_MS + 14_000
    clinic.tell(HangUpCall("k1"), ANA)
    clinic.keep_softphones()
    clinic.pass_s(6)
    clinic.tell(CompleteWrapUp("ana", "k1", "booked"), ANA)
    picture = pictured(clinic)
    assert picture.calls == ()
    assert picture.tallies == (
        TallyRow(
            "q0",
            interval_of(START_MS),
            offered=1,
            answered=1,
            answered_within=1,
            wait_ms=9_000,
            handled=1,
            talk_ms=9_000,
            hold_ms=1_000,
            wrap_up_ms=6_000,
        ),
    )
    today = picture.agents[0].today
    assert (today.handled, today.conversation_ms, today.wrap_up_ms) == (1, 10_000, 6_000)
    assert (today.idle_ms, today.engaged_ms) == (14_000, 16_000)


@pytest.mark.parametrize(("waited_s", "short", "within"), [(4.9, 1, 1), (5.0, 0, 1), (20.0, 0, 1), (20.1, 0, 0)])
def test_caller_gives_up_then_short_and_within_are_told_apart(waited_s: float, short: int, within: int) -> None:
    clinic = opened(QueueSettings("q0", "Billing", short_abandon_s=5.0, sla_threshold_s=20.0))
    clinic.tell(EnqueueCall("k1", "q0"))
    clinic.pass_s(waited_s)
    clinic.tell(HangUpCall("k1"))
    row = pictured(clinic).tallies[0]
    assert (row.abandoned, row.short_abandoned, row.abandoned_within) == (1, short, within)
    assert row.abandoned_wait_ms == round(waited_s * 1_000)


def test_door_falls_silent_then_the_call_counts_as_lost_not_as_abandoned() -> None:
    clinic = opened()
    clinic.tell(EnqueueCall("k1", "q0", leased=True))
    clinic.pass_s(16)
    row = pictured(clinic).tallies[0]
    assert (row.offered, row.lost, row.abandoned) == (1, 1, 0)


def test_agent_takes_two_calls_at_once_then_free_and_on_call_at_the_same_time() -> None:
    clinic = opened(capacity=2)
    clinic.tell(EnqueueCall("k1", "q0"))
    clinic.propose("k1", "ana")
    clinic.tell(AcceptOffer("ana", "k1#1"), ANA)
    queue = pictured(clinic).queues[0]
    assert (queue.free, queue.on_call) == (1, 1)
    assert pictured(clinic).agents[0].free


def test_agent_goes_away_then_the_picture_says_why_and_since_when() -> None:
    clinic = opened()
    clinic.pass_s(3)
    clinic.tell(SetPresence("ana", "away", "lunch"), ANA)
    agent = pictured(clinic).agents[0]
    assert (agent.presence, agent.reason, agent.since_ms) == (Presence.AWAY, "lunch", START_MS + 3_000)


# -- days and intervals --------------------------------------------------------------------------------


def test_midnight_passes_during_a_call_then_only_the_part_after_it_counts_today() -> None:
    day_ms = 86_400_000
    morning = elapsed(new_day(day_ms - 50_000), Presence.AVAILABLE, day_ms - 30_000)
    assert morning == AgentDay(0, day_ms - 30_000, idle_ms=20_000)
    assert elapsed(morning, Presence.ON_CALL, day_ms + 12_000) == AgentDay(day_ms, day_ms + 12_000, engaged_ms=12_000)


def test_clock_goes_back_then_no_time_is_counted() -> None:
    day = AgentDay(0, 50_000, idle_ms=1)
    assert elapsed(day, Presence.AVAILABLE, 40_000) == day


def test_two_days_pass_then_old_intervals_are_let_go_and_stay_away() -> None:
    tallies = Tallies()
    tallies.elapse(START_MS)
    tallies.add("q0", START_MS, offered=1)
    tallies.elapse(START_MS + KEPT_MS - INTERVAL_MS)
    assert len(list(tallies)) == 1
    tallies.elapse(START_MS + KEPT_MS)
    tallies.add("q0", START_MS, wrap_up_ms=5)
    assert list(tallies) == []


@settings(max_examples=50)
@given(st.lists(st.tuples(st.integers(0, 4 * KEPT_MS), st.integers(0, 4 * KEPT_MS)), max_size=30), SEEDS)
def test_tallies_in_any_order_then_the_same_rows(moments: list[tuple[int, int]], seed: int) -> None:
    def tallied(order: list[tuple[int, int]]) -> set[TallyRow]:
        tallies = Tallies()
        for now_ms, at_ms in order:
            tallies.elapse(now_ms)
            tallies.add("q0", min(at_ms, now_ms), offered=1)
        return set(tallies)

    shuffled = Random(seed).sample(moments, len(moments))
    assert tallied(moments) == tallied(shuffled)
    assert len(tallied(moments)) <= KEPT_MS // INTERVAL_MS
