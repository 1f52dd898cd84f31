"""Worlds in virtual time: small ones by hand, single queues against an independent recursion, drawn ones for what must
hold in all of them.
"""

import heapq
from collections import Counter
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from engine.settings import AgentSettings
from engine.simulation.draws import Exponential, Fixed, draw_ms
from engine.simulation.fates import Attendance, Ending, Fate
from engine.simulation.house import House
from engine.simulation.invariants import violations
from engine.simulation.plan import Caller, Shift
from tests.unit.engine.worlds import DESK, caller, drawn_plan, lived, plan


def waits(fates: list[Fate]) -> list[tuple[Ending, float]]:
    return [(fate.ending, fate.wait_ms / 1_000) for fate in fates]


def test_one_agent_then_one_after_the_other_and_wrap_up_keeps_the_next_waiting() -> None:
    queue = replace(DESK, wrap_up_s=10.0)
    fates, world = lived(plan([caller(0), caller(50), caller(60, patience_ms=30_000)], "ann", queue=queue))
    assert waits(fates) == [(Ending.ANSWERED, 0), (Ending.ANSWERED, 60), (Ending.ABANDONED, 30)]
    assert [fate.done_ms for fate in fates] == [110_000, 220_000, None]
    assert world.attendance == [Attendance("ann", 0, 220_000)]


def test_credit_for_priority_then_it_passes_who_came_less_than_it_before() -> None:
    queue = replace(DESK, priority_credit_s=90.0)
    callers = [caller(0, 300), caller(100), caller(180), caller(195, priority=1)]
    fates, _ = lived(plan(callers, "ann", queue=queue))
    assert waits(fates) == [(Ending.ANSWERED, wait_s) for wait_s in (0, 200, 320, 205)]


def test_shift_ends_during_a_call_then_it_is_finished_and_no_other_taken() -> None:
    fates, world = lived(plan([caller(0), caller(10, patience_ms=500_000)], "ann", shifts=(Shift("ann", 0, 50_000),)))
    assert waits(fates) == [(Ending.ANSWERED, 0), (Ending.ABANDONED, 500)]
    assert world.attendance == [Attendance("ann", 0, 100_000)]


def test_world_ends_then_who_waits_is_open_and_who_talks_is_answered() -> None:
    fates, world = lived(plan([caller(0), caller(10)], "ann"), until_ms=40_000)
    assert waits(fates) == [(Ending.ANSWERED, 0), (Ending.OPEN, 30)]
    assert [fate.done_ms for fate in fates] == [None, None]
    assert world.attendance == [Attendance("ann", 0, 40_000)]


def test_nobody_ever_works_then_who_never_hangs_up_is_open_and_the_world_ends() -> None:
    fates, _ = lived(plan([caller(0), caller(10, patience_ms=5_000)], "ann", shifts=()))
    assert waits(fates) == [(Ending.OPEN, 15), (Ending.ABANDONED, 5)]


def test_line_is_full_then_blocked() -> None:
    fates, _ = lived(plan([caller(0), caller(1), caller(2)], "ann", queue=replace(DESK, length_max=1)))
    assert waits(fates) == [(Ending.ANSWERED, 0), (Ending.ANSWERED, 99), (Ending.BLOCKED, 0)]


def test_agent_lets_it_ring_then_the_caller_waits_for_it() -> None:
    fates, _ = lived(plan([caller(0)], "ann", answer=Fixed(4.0)))
    assert waits(fates) == [(Ending.ANSWERED, 4)]


def test_agent_never_answers_in_time_then_sent_away_back_after_a_minute_and_away_again() -> None:
    queue = replace(DESK, offer_timeout_s=10.0, rona_away_after=1)
    fates, world = lived(plan([caller(0, patience_ms=200_000)], "ann", queue=queue, answer=Fixed(15.0)))
    assert waits(fates) == [(Ending.ABANDONED, 200)]
    assert world.house.roster.agents["ann"].reason == ""


def test_skills_then_a_call_waits_for_who_can_take_it() -> None:
    planned = plan([caller(0)], "ann", "bob", shifts=(Shift("ann", 0, 900_000), Shift("bob", 500_000, 600_000)))
    agents = (AgentSettings("ann", ("other",)), AgentSettings("bob", ("desk",)))
    fates, _ = lived(replace(planned, agents=agents))
    assert [(fate.agent_id, fate.wait_ms) for fate in fates] == [("bob", 500_000)]


@pytest.mark.parametrize(("agents", "seed"), [(1, 1), (3, 2), (8, 3)])
def test_one_line_and_patient_callers_then_the_waits_of_the_kiefer_wolfowitz_recursion(agents: int, seed: int) -> None:
    """Each caller takes the server that is free first (Kiefer and Wolfowitz, 1955): the same waits, to the ms."""
    rng, at_ms, callers = Random(seed), 0.0, []
    for _ in range(1_500):
        at_ms += rng.expovariate(agents / 110_000)
        callers.append(caller(int(at_ms) / 1_000, draw_ms(Exponential(100.0), rng) / 1_000))
    free_ms = [0] * agents
    expected = []
    for one in callers:
        start_ms = max(one.arrived_ms, free_ms[0])
        heapq.heapreplace(free_ms, start_ms + one.service_ms)
        expected.append(start_ms - one.arrived_ms)
    fates, _ = lived(plan(callers, *(f"a{number}" for number in range(agents))))
    assert [fate.wait_ms for fate in fates] == expected


def test_same_seed_then_the_same_course() -> None:
    assert lived(drawn_plan(5), 7)[0] == lived(drawn_plan(5), 7)[0]


@given(st.integers(0, 10_000))
def test_drawn_mornings_then_every_invariant_holds_at_every_step(seed: int) -> None:
    def watch(house: House) -> None:
        assert list(violations(house)) == []

    planned = drawn_plan(seed)
    fates, world = lived(planned, seed, watch=watch)
    assert [fate.number for fate in fates] == list(range(world.arrived))
    assert Counter(fate.queue_id for fate in fates) == Counter(one.queue_id for one in planned.callers)
    assert all(fate.wait_ms >= 0 and (fate.done_ms is None or fate.agent_id is not None) for fate in fates)


def test_capacity_of_more_than_one_call_then_both_talk_at_once() -> None:
    planned = plan([caller(0), caller(1)], "ann")
    fates, _ = lived(replace(planned, agents=(AgentSettings("ann", ("desk",), capacity=2),)))
    assert waits(fates) == [(Ending.ANSWERED, 0), (Ending.ANSWERED, 0)]


def test_callers_made_up_on_the_way_then_they_need_not_be_listed() -> None:
    made = (Caller(arrived_ms=number, queue_id="desk", service_ms=1) for number in range(100))
    fates, _ = lived(replace(plan([], "ann"), callers=made))
    assert len(fates) == 100
