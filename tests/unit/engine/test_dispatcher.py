"""Who gets whom: strategies, skills with levels, priority then arrival, and what happens when a proposal fails."""

from random import Random

from msgspec.structs import replace

from engine.agent import Presence
from engine.routing.dispatcher import DENIED_PAUSE_MS, PROPOSAL_TIMEOUT_MS, Dispatcher
from engine.settings import QueueSettings, Strategy
from engine.skills import SkillNeed
from tests.unit.engine.routing import agent_of, back_in_line, call_of, connected, freed, holding, offered_to


def dispatcher(strategy: Strategy = Strategy.LONGEST_IDLE) -> Dispatcher:
    found = Dispatcher(Random(1))
    for queue_id in ("desk", "billing"):
        found.queue_changed(QueueSettings(queue_id, queue_id, strategy))
    return found


def pairs(routing: Dispatcher, now_ms: int = 0) -> list[tuple[str, str]]:
    return [(proposal.call_id, proposal.agent_id) for proposal in routing.proposals(now_ms)]


def test_longest_idle_then_who_has_been_free_for_the_longest_time() -> None:
    routing = dispatcher()
    for agent_id, idle_since_ms in [("a", 30), ("b", 10), ("c", 20)]:
        routing.agent_changed(agent_of(agent_id, idle_since_ms))
    for n in range(3):
        routing.call_changed(f"k{n}", call_of(f"k{n}", n))
    assert pairs(routing) == [("k0", "b"), ("k1", "c"), ("k2", "a")]


def test_equal_agents_then_the_order_is_still_total() -> None:
    routing = dispatcher()
    for agent_id in ("b", "a"):
        routing.agent_changed(agent_of(agent_id))
    routing.call_changed("k", call_of("k"))
    assert pairs(routing) == [("k", "a")]


def test_priority_is_a_credit_of_waiting_then_it_decides_across_needs_and_queues() -> None:
    routing = dispatcher()
    calls = [
        call_of("k1", 0, credit_ms=90_000),
        call_of("k2", 100_000, credit_ms=90_000),
        call_of("k3", 150_000, priority=1, credit_ms=90_000, needs=(SkillNeed("spanish", 1),)),
        call_of("k4", 50_000, queue_id="billing"),
        call_of("k5", 200_000, queue_id="billing", priority=1),
    ]
    for call in calls:
        routing.call_changed(call.call_id, call)
    found = []
    for index in range(5):
        routing.agent_changed(agent_of(f"a{index}", queues=("desk", "billing"), skills={"spanish": 5}))
        found += [call_id for call_id, _ in pairs(routing)]
    assert found == ["k5", "k1", "k4", "k3", "k2"]


def test_agent_becomes_free_then_priority_decides_and_then_arrival() -> None:
    routing = dispatcher()
    for call_id, arrived_at_ms, priority in [("k1", 10, 0), ("k2", 20, 50), ("k3", 30, 50)]:
        routing.call_changed(call_id, call_of(call_id, arrived_at_ms, priority=priority))
    order = []
    for agent_id in ("a", "b", "c"):
        routing.agent_changed(agent_of(agent_id))
        order += pairs(routing)
    assert order == [("k2", "a"), ("k3", "b"), ("k1", "c")]


def test_agent_serves_two_queues_then_the_best_call_of_both() -> None:
    routing = dispatcher()
    routing.call_changed("k1", call_of("k1", 20))
    routing.call_changed("k2", call_of("k2", 10, queue_id="billing"))
    routing.agent_changed(agent_of("a", queues=("desk", "billing")))
    assert pairs(routing) == [("k2", "a")]


def test_skill_levels_then_only_who_is_good_enough() -> None:
    routing = dispatcher()
    routing.agent_changed(agent_of("novice", 0, skills={"spanish": 2}))
    routing.agent_changed(agent_of("expert", 50, skills={"spanish": 9, "billing": 5}))
    routing.call_changed("k1", call_of("k1", needs=(SkillNeed("spanish", 3),)))
    routing.call_changed("k2", call_of("k2", 1, needs=(SkillNeed("spanish", 2), SkillNeed("billing", 1))))
    assert pairs(routing) == [("k1", "expert")]


def test_call_nobody_can_take_then_it_does_not_hold_up_the_next() -> None:
    routing = dispatcher()
    routing.call_changed("k1", call_of("k1", 0, priority=100, needs=(SkillNeed("french", 1),)))
    routing.call_changed("k2", call_of("k2", 1))
    routing.agent_changed(agent_of("a"))
    assert pairs(routing) == [("k2", "a")]
    assert routing.waiting() == {("desk", (SkillNeed("french", 1),)): ["k1"]}


def test_agent_learns_a_skill_then_the_call_that_waited_for_it() -> None:
    routing = dispatcher()
    routing.call_changed("k1", call_of("k1", needs=(SkillNeed("french", 1),)))
    routing.agent_changed(agent_of("a"))
    assert pairs(routing) == []
    routing.agent_changed(agent_of("a", skills={"french": 1}))
    assert pairs(routing) == [("k1", "a")]


def test_offer_fails_then_the_call_is_before_those_who_came_later() -> None:
    routing = dispatcher()
    first, second = call_of("k1", 10), call_of("k2", 20)
    routing.call_changed("k1", first)
    routing.agent_changed(agent_of("a"))
    assert pairs(routing) == [("k1", "a")]
    routing.call_changed("k2", second)
    ringing = offered_to(first, "a")
    routing.call_changed("k1", ringing)
    routing.agent_changed(holding(agent_of("a"), ringing))
    routing.call_changed("k1", back_in_line(ringing))
    routing.agent_changed(freed(holding(agent_of("a"), ringing), "k1", 99))
    assert pairs(routing) == [("k1", "a")]


def test_both_sides_are_set_aside_then_neither_is_proposed_twice() -> None:
    routing = dispatcher()
    routing.call_changed("k1", call_of("k1"))
    routing.agent_changed(agent_of("a"))
    assert pairs(routing) == [("k1", "a")]
    routing.agent_changed(agent_of("a"))
    routing.call_changed("k2", call_of("k2", 5))
    routing.agent_changed(agent_of("b"))
    assert pairs(routing) == [("k2", "b")]


def test_earlier_offer_still_rings_at_the_agent_then_it_is_not_taken_for_the_answer() -> None:
    routing = dispatcher()
    agent = agent_of("a", capacity=2)
    ringing = offered_to(call_of("k1"), "a")
    routing.agent_changed(holding(agent, ringing))
    routing.call_changed("k1", back_in_line(ringing))
    assert pairs(routing) == [("k1", "a")]
    routing.agent_changed(holding(agent, ringing))
    assert pairs(routing) == []
    routing.elapse(PROPOSAL_TIMEOUT_MS)
    assert pairs(routing) == [("k1", "a")]


def test_owner_is_silent_then_both_sides_come_back_after_a_while() -> None:
    routing = dispatcher()
    routing.call_changed("k1", call_of("k1"))
    routing.agent_changed(agent_of("a"))
    pairs(routing, now_ms=1_000)
    assert routing.next_deadline_ms() == 1_000 + PROPOSAL_TIMEOUT_MS
    routing.elapse(1_000 + PROPOSAL_TIMEOUT_MS - 1)
    assert pairs(routing) == []
    routing.elapse(1_000 + PROPOSAL_TIMEOUT_MS)
    assert pairs(routing) == [("k1", "a")]


def test_proposal_is_refused_then_the_agent_is_free_and_the_call_waits_for_its_picture() -> None:
    routing = dispatcher()
    call = call_of("k1")
    routing.call_changed("k1", call)
    routing.agent_changed(agent_of("a"))
    pairs(routing)
    routing.refused("k1", "another agent")
    assert pairs(routing) == []
    routing.refused("k1", "a")
    assert pairs(routing) == []
    routing.call_changed("k2", call_of("k2", 5))
    assert pairs(routing) == [("k2", "a")]
    routing.call_changed("k1", replace(call, priority=7, version=2))
    routing.agent_changed(agent_of("b"))
    assert pairs(routing) == [("k1", "b")]


def test_agent_denied_then_left_alone_for_a_moment() -> None:
    routing = dispatcher()
    call = call_of("k1")
    routing.call_changed("k1", call)
    routing.agent_changed(agent_of("a"))
    pairs(routing)
    routing.denied("a", 100)
    routing.denied("unknown", 100)
    routing.call_changed("k1", back_in_line(offered_to(call, "a")))
    assert pairs(routing) == []
    routing.elapse(100 + DENIED_PAUSE_MS)
    assert pairs(routing) == [("k1", "a")]


def test_call_is_over_or_agent_leaves_then_nothing_is_proposed() -> None:
    routing = dispatcher()
    call = call_of("k1")
    routing.call_changed("k1", call)
    routing.call_changed("k1", None)
    routing.agent_changed(agent_of("a"))
    assert pairs(routing) == []
    routing.agent_changed(replace(agent_of("a"), base=Presence.AWAY))
    routing.call_changed("k2", call_of("k2"))
    assert pairs(routing) == []
    routing.call_changed("k2", connected(offered_to(call_of("k2"), "a")))
    routing.agent_changed(agent_of("a"))
    assert pairs(routing) == []


def test_capacity_left_then_another_call_beside_the_first() -> None:
    routing = dispatcher()
    call = call_of("k1")
    routing.call_changed("k1", call)
    routing.agent_changed(agent_of("a", capacity=2))
    assert pairs(routing) == [("k1", "a")]
    ringing = offered_to(call, "a")
    routing.call_changed("k1", ringing)
    routing.call_changed("k2", call_of("k2", 5))
    assert pairs(routing) == []
    routing.agent_changed(holding(agent_of("a", capacity=2), ringing))
    assert pairs(routing) == [("k2", "a")]
