"""A call from arrival to end: its place in line, holds, the one terminal event, and what a hang-up means when."""

import pytest

from engine import events as e
from engine import messages as m
from engine.call import CallState, LegKind
from engine.commands import (
    CompleteWrapUp,
    ConfigureQueue,
    EnqueueCall,
    HangUpCall,
    HoldCall,
    PrioritiseCall,
    ResumeCall,
)
from engine.settings import QueueSettings
from engine.skills import SkillNeed
from engine.switchboard.board import CALLER_LEASE_MS
from tests.unit.engine.stand import ANN, BOB, BOSS, CALLER, QUEUE, Stand


def line(stand: Stand) -> list[str]:
    return stand.board.lines["desk"].call_ids()


def the_end(stand: Stand) -> e.CallEnded:
    (event,) = stand.events(e.CallEnded)
    assert isinstance(event, e.CallEnded)
    return event


def test_calls_arrive_then_priority_decides_and_then_arrival() -> None:
    stand = Stand()
    for call_id, priority in [("k1", 0), ("k2", 50), ("k3", 0), ("k4", 50)]:
        stand.queued(call_id, priority=priority)
        stand.elapse(10)
    assert line(stand) == ["k2", "k4", "k1", "k3"]
    assert stand.board.lines["desk"].position(stand.board.calls["k3"]) == 4


def test_priority_is_a_credit_of_waiting_then_it_passes_only_who_came_shortly_before() -> None:
    stand = Stand(QueueSettings("desk", "Desk", priority_credit_s=90.0))
    for call_id, priority, after_s in [("k1", 0, 0), ("k2", 0, 60), ("k3", 1, 40), ("k4", 2, 100), ("k5", 0, 1)]:
        stand.elapse(after_s * 1_000)
        outcome = stand.tell(EnqueueCall(call_id, "desk", priority=priority), CALLER)
        assert outcome.position == line(stand).index(call_id) + 1
    assert line(stand) == ["k1", "k3", "k4", "k2", "k5"]


def test_credit_changes_then_who_waits_keeps_the_place_and_who_comes_gets_the_new_one() -> None:
    stand = Stand(QueueSettings("desk", "Desk", priority_credit_s=90.0))
    for call_id, priority in [("k1", 0), ("k2", 1)]:
        stand.queued(call_id, priority=priority)
        stand.elapse(1_000)
    stand.tell(ConfigureQueue(QueueSettings("desk", "Desk", priority_credit_s=0.0)), BOSS)
    stand.queued("k3", priority=100)
    assert line(stand) == ["k2", "k1", "k3"]


def test_call_in_a_credited_line_is_given_another_priority_then_it_moves_by_the_credit() -> None:
    stand = Stand(QueueSettings("desk", "Desk", priority_credit_s=1.0))
    for call_id in ("k1", "k2", "k3", "k4"):
        stand.queued(call_id)
        stand.elapse(1_000)
    assert stand.tell(PrioritiseCall("k4", 2), BOSS).ok
    assert line(stand) == ["k1", "k2", "k4", "k3"]


def test_call_arrives_then_it_hears_its_place() -> None:
    stand = Stand()
    outcomes = [stand.tell(EnqueueCall(f"k{n}", "desk", priority=n % 2), CALLER) for n in range(4)]
    assert [outcome.position for outcome in outcomes] == [1, 1, 3, 2]
    assert {outcome.ewt_s for outcome in outcomes} == {None}


def test_queue_has_a_priority_and_needs_then_its_calls_have_them_too() -> None:
    stand = Stand(QueueSettings("desk", "Desk", priority=30, needs=(SkillNeed("spanish", 3),)))
    call = stand.queued(needs=(SkillNeed("billing", 1),))
    assert (call.priority, call.needs) == (30, (SkillNeed("spanish", 3), SkillNeed("billing", 1)))
    assert stand.queued("k2", priority=0).priority == 0


def test_call_is_given_another_priority_then_it_moves_and_keeps_its_arrival() -> None:
    stand = Stand()
    for call_id in ("k1", "k2"):
        stand.queued(call_id)
        stand.elapse(1_000)
    arrived_at_ms = stand.board.calls["k2"].arrived_at_ms
    assert stand.tell(PrioritiseCall("k2", 9), BOSS).ok
    assert line(stand) == ["k2", "k1"]
    assert stand.board.calls["k2"].arrived_at_ms == arrived_at_ms


def test_offer_fails_then_the_call_is_back_in_its_place() -> None:
    stand = Stand()
    for call_id in ("k1", "k2", "k3"):
        stand.queued(call_id)
        stand.elapse(1_000)
    offer = stand.ringing("k2")
    assert line(stand) == ["k1", "k3"]
    stand.ask(m.OfferReport(offer.offer_id, "k2", "ann", e.OfferEnd.DECLINED, offer.quoted))
    assert line(stand) == ["k1", "k2", "k3"]


def test_queue_is_full_then_refused_until_there_is_room() -> None:
    stand = Stand(QueueSettings("desk", "Desk", length_max=1))
    stand.queued("k1")
    assert stand.tell(EnqueueCall("k2", "desk"), CALLER).code == "queue_full"
    stand.tell(HangUpCall("k1"), CALLER)
    assert stand.tell(EnqueueCall("k2", "desk"), CALLER).ok


def test_unknown_queue_then_refused() -> None:
    assert Stand().tell(EnqueueCall("k1", "nowhere"), CALLER).code == "unknown_queue"


def test_caller_leaves_the_line_then_abandoned() -> None:
    stand = Stand()
    stand.queued()
    stand.elapse(7_000)
    stand.tell(HangUpCall("k1"), CALLER)
    end = the_end(stand)
    assert (end.outcome, end.release, end.summary.agent_id) == (e.CallOutcome.ABANDONED, False, None)
    assert stand.now_ms - end.summary.arrived_at_ms == 7_000
    assert line(stand) == []
    assert stand.board.calls == {}


def test_caller_leaves_while_it_rings_then_the_agent_is_released() -> None:
    stand = Stand()
    offer = stand.ringing()
    stand.tell(HangUpCall("k1"), CALLER)
    end = the_end(stand)
    assert (end.outcome, end.release) == (e.CallOutcome.ABANDONED, True)
    assert stand.board.steps.get(offer.offer_id) == m.ReleaseOffer(
        offer.offer_id, "ann", connected=False, deadline_ms=offer.deadline_ms
    )
    stand.exchange()
    assert stand.roster.agents["ann"].engagements == ()
    assert len(stand.board.steps) == 0


def test_conversation_then_its_record_says_who_when_and_how_long_on_hold() -> None:
    stand = Stand()
    stand.queued(subject_id="s1")
    arrived_at_ms = stand.now_ms
    stand.elapse(4_000)
    offer = stand.talking()
    answered_at_ms = stand.now_ms
    for _ in range(2):
        stand.elapse(1_000)
        assert stand.tell(HoldCall("k1"), ANN).ok
        stand.elapse(3_000)
        assert stand.tell(ResumeCall("k1"), ANN).ok
    stand.tell(HoldCall("k1"), ANN)
    stand.elapse(500)
    stand.tell(HangUpCall("k1"), CALLER)
    assert the_end(stand) == e.CallEnded(
        "k1",
        e.CallOutcome.ANSWERED,
        release=True,
        summary=e.CallSummary(
            "desk", "s1", "ann", offer.offer_id, 0, 1, arrived_at_ms, answered_at_ms, answered_at_ms, 6_500
        ),
    )


def test_call_on_hold_then_only_the_callers_leg_is_held() -> None:
    stand = Stand()
    stand.talking()
    stand.tell(HoldCall("k1"), ANN)
    assert [(leg.kind, leg.held) for leg in stand.board.calls["k1"].legs] == [
        (LegKind.CALLER, True),
        (LegKind.AGENT, False),
    ]


def test_agent_of_another_call_then_not_theirs_to_hold_or_to_end() -> None:
    stand = Stand()
    stand.talking()
    for body in (HoldCall("k1"), ResumeCall("k1"), HangUpCall("k1")):
        assert stand.tell(body, BOB).code == "not_your_call"
    assert stand.board.calls["k1"].state is CallState.TALKING


def test_agent_hangs_up_an_unknown_call_then_refused_without_a_trace() -> None:
    stand = Stand()
    assert stand.tell(HangUpCall("k1"), ANN).code == "unknown_call"
    assert stand.tell(EnqueueCall("k1", "desk"), CALLER).ok


def test_hang_up_comes_before_its_call_then_the_call_is_refused_as_long_as_it_may_arrive() -> None:
    stand = Stand()
    late = stand.command(EnqueueCall("k1", "desk"), CALLER, expires_at_ms=stand.now_ms + 35_000)
    assert stand.tell(HangUpCall("k1"), CALLER).ok
    stand.elapse(35_000)
    assert stand.tell(late).code == "call_ended"
    assert stand.board.calls == {}


def test_hang_up_twice_then_one_end() -> None:
    stand = Stand()
    stand.queued()
    assert stand.tell(HangUpCall("k1"), CALLER).ok
    assert stand.tell(HangUpCall("k1"), CALLER).ok
    assert len(stand.events(e.CallEnded)) == 1


def test_door_falls_silent_then_the_caller_is_lost() -> None:
    stand = Stand()
    stand.queued(leased=True)
    stand.elapse(CALLER_LEASE_MS - 1)
    stand.board.renew(("k1", "unknown"), stand.now_ms)
    stand.elapse(CALLER_LEASE_MS - 1)
    assert "k1" in stand.board.calls
    stand.elapse(1)
    assert the_end(stand).outcome is e.CallOutcome.LOST


def test_door_falls_silent_during_a_conversation_then_answered_all_the_same() -> None:
    stand = Stand()
    stand.queued(leased=True)
    stand.talking()
    stand.renewed("ann")
    stand.elapse(CALLER_LEASE_MS)
    end = the_end(stand)
    assert (end.outcome, end.release) == (e.CallOutcome.ANSWERED, True)


def test_caller_without_a_lease_then_patient() -> None:
    stand = Stand()
    stand.queued()
    stand.elapse(10 * CALLER_LEASE_MS)
    assert line(stand) == ["k1"]


def test_recovery_then_leases_start_anew() -> None:
    stand = Stand()
    stand.queued(leased=True)
    stand.elapse(CALLER_LEASE_MS - 1)
    stand.board.recovered(stand.now_ms)
    stand.elapse(CALLER_LEASE_MS - 1)
    assert "k1" in stand.board.calls


def test_queue_is_configured_anew_then_no_call_is_disturbed() -> None:
    stand = Stand()
    offer = stand.ringing()
    assert stand.tell(ConfigureQueue(QueueSettings("desk", "Desk", offer_timeout_s=1.0)), BOSS).ok
    assert stand.board.steps.get(offer.offer_id) == offer
    assert stand.board.queues["desk"].offer_timeout_s == 1.0
    assert offer.deadline_ms == stand.now_ms + round(QUEUE.offer_timeout_s * 1_000)


@pytest.mark.parametrize(("position", "expected_s"), [(1, 10.0), (3, 30.0)])
def test_line_moves_every_ten_seconds_then_the_estimate_is_ten_seconds_a_place(
    position: int, expected_s: float
) -> None:
    stand = Stand()
    for n in range(4):
        stand.queued(f"k{n}")
    for n in range(3):
        stand.elapse(10_000)
        stand.renewed("ann", "bob")
        stand.wrapping_up(f"k{n}")
        assert stand.tell(CompleteWrapUp("ann", f"k{n}"), ANN).ok
    assert stand.board.lines["desk"].ewt_s(position) == pytest.approx(expected_s, abs=0.2)


def test_line_never_moved_then_no_estimate() -> None:
    assert Stand().board.lines["desk"].ewt_s(1) is None
