"""A day's plan before anybody plays it: how long it takes, and what is told of calls that nobody can account for."""

from datetime import date

from benchmarks.replay.callers import DayLedger
from benchmarks.replay.day import Day
from benchmarks.replay.stage import make_stage
from benchmarks.replay.trace import CallEnd, Outcome, Span, Trace, TraceAgent, TraceCall
from web.client import Client

CALLS = tuple(
    TraceCall(arrived_s=at_s, kind="a", patience_s=60.0, service_s=100.0) for at_s in (10.0, 20.0, 30.0, 100_000.0)
)
TRACE = Trace(
    name="t",
    first_day=date(2024, 1, 8),
    calls=CALLS,
    agents=(TraceAgent("Ann", ("a",), (Span(0, 3_000), Span(90_000, 93_000))),),
)


async def planned(ends_at_s: float | None = None) -> Day:
    async with Client("http://127.0.0.1:1") as client:
        return Day(client, TRACE, make_stage(TRACE, "replay-x"), speed=60.0, ends_at_s=ends_at_s)


async def test_night_between_two_shifts_then_it_takes_no_time() -> None:
    assert (await planned()).lasts_s == (3_000 + 3_000 + 60) / 60
    assert (await planned(ends_at_s=93_000)).lasts_s == (3_000 + 3_000) / 60


async def test_calls_then_each_is_answered_abandoned_open_or_unaccounted_for() -> None:
    day = await planned(ends_at_s=100.0)
    ledger = day.ledger
    for number in range(4):
        ledger.scheduled(f"replay-x-k{number}", 50.0)
    ledger.connected("replay-x-k0", "offer", 50.5)
    ledger.released("replay-x-k0", 52.5)
    ledger.gave_up("replay-x-k1", 51.0, 51.1)
    ledger.answered("replay-x-k3", "queue_full", 50.1)
    ledger.cut()
    course = day.course()
    assert course.ends == [
        CallEnd(10.0, Outcome.ANSWERED, 30.0, 120.0),
        CallEnd(20.0, Outcome.ABANDONED, 60.0),
        CallEnd(30.0, Outcome.OPEN, 70.0),
    ]
    assert course.engaged == (Span(40.0, 100.0),)
    assert course.unaccounted == 1


async def test_caller_hangs_up_as_an_agent_is_connected_then_the_call_was_answered() -> None:
    day = await planned()
    day.ledger.scheduled("replay-x-k0", 50.0)
    day.ledger.gave_up("replay-x-k0", 51.0, 51.1)
    day.ledger.connected("replay-x-k0", "offer", 51.2)
    assert [end.outcome for end in day.course().ends] == [Outcome.ANSWERED]


async def test_patience_ends_before_anybody_answers_then_it_is_told() -> None:
    ledger = DayLedger()
    ledger.scheduled("k1", 0.0)
    assert not await ledger.until_answered("k1", 0.001)
    ledger.connected("k1", "offer", 0.1)
    assert await ledger.until_answered("k1", 0.0)
