"""The reckoning without delay: by hand for a few calls, and against waiting-line theory for many."""

import math
from datetime import date
from random import Random

import pytest

from benchmarks.replay.figures import figures
from benchmarks.replay.ideal import Ideal
from benchmarks.replay.trace import CallEnd, Outcome, Span, Trace, TraceAgent, TraceCall

DAY = date(2024, 1, 8)
FOREVER = Span(0, 1e9)


def call(
    at_s: float, service_s: float = 100.0, *, kind: str = "a", patience_s: float = 1e9, first: bool = False
) -> TraceCall:
    return TraceCall(arrived_s=at_s, kind=kind, patience_s=patience_s, service_s=service_s, has_priority=first)


def lived(
    calls: list[TraceCall], *agents: TraceAgent, until_s: float = math.inf, wrap_up_s: float = 0.0
) -> list[CallEnd]:
    trace = Trace(name="t", first_day=DAY, calls=tuple(calls), agents=agents)
    course = Ideal(trace, wrap_up_s=wrap_up_s, credit_s=90.0).run(until_s)
    return sorted(course.ends, key=lambda end: end.arrived_s)


def waits(ends: list[CallEnd]) -> list[tuple[Outcome, float]]:
    return [(end.outcome, end.wait_s) for end in ends]


def test_one_agent_then_one_after_the_other_and_wrap_up_keeps_the_next_waiting() -> None:
    agent = TraceAgent("a1", ("a",), (FOREVER,))
    ends = lived([call(0), call(50), call(60, patience_s=30)], agent, wrap_up_s=10)
    assert waits(ends) == [(Outcome.ANSWERED, 0), (Outcome.ANSWERED, 60), (Outcome.ABANDONED, 30)]
    assert ends[0].handled_s == 110


def test_priority_then_it_passes_who_came_less_than_its_credit_before() -> None:
    agent = TraceAgent("a1", ("a",), (FOREVER,))
    ends = lived([call(0, 300), call(100), call(180), call(195, first=True)], agent)
    assert waits(ends) == [(Outcome.ANSWERED, wait_s) for wait_s in (0, 200, 320, 205)]


def test_skills_then_a_call_waits_for_who_can_take_it() -> None:
    agents = (TraceAgent("a1", ("a",), (FOREVER,)), TraceAgent("b1", ("b",), (Span(500, 600),)))
    ends = lived([call(0, kind="b"), call(1)], *agents)
    assert waits(ends) == [(Outcome.ANSWERED, 500), (Outcome.ANSWERED, 0)]


def test_shift_ends_during_a_call_then_the_call_is_finished_and_no_other_taken() -> None:
    agent = TraceAgent("a1", ("a",), (Span(0, 50),))
    ends = lived([call(0), call(10, patience_s=500)], agent)
    assert waits(ends) == [(Outcome.ANSWERED, 0), (Outcome.ABANDONED, 500)]


def test_cut_then_who_waits_is_open() -> None:
    ends = lived([call(0), call(10)], TraceAgent("a1", ("a",), (FOREVER,)), until_s=40)
    assert waits(ends) == [(Outcome.ANSWERED, 0), (Outcome.OPEN, 30)]


def test_poisson_calls_and_exponential_services_then_erlang_c() -> None:
    """100 calls per 30 min, AHT 180 s, 11 agents, T = 20 s: 38.96 % in time (R package documentation, ErlangC)."""
    rng, at_s, calls = Random(11), 0.0, []
    for _ in range(60_000):
        at_s += rng.expovariate(100 / 1_800)
        calls.append(call(at_s, rng.expovariate(1 / 180)))
    agents = tuple(TraceAgent(f"a{n}", ("a",), (FOREVER,)) for n in range(11))
    trace = Trace(name="t", first_day=DAY, calls=tuple(calls), agents=agents)
    told = figures(Ideal(trace, wrap_up_s=0, credit_s=0).run(math.inf))
    assert told.service_level_20s == pytest.approx(0.3896, abs=0.03)
