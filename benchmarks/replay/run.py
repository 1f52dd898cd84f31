"""A replay from set-up to report."""

import asyncio
import math
import secrets
import time

import msgspec
from msgspec.structs import asdict

from benchmarks.calls.judge import read_account
from benchmarks.calls.kills import FindPids, KillReport, kill_in_turn
from benchmarks.calls.ledger import JournalAccount, double_offers, lost_calls
from benchmarks.calls.run import Progress, Target, percentiles
from benchmarks.replay.day import Day
from benchmarks.replay.explain import explain, latencies_of
from benchmarks.replay.figures import Course, figures, recorded_course
from benchmarks.replay.ideal import Ideal
from benchmarks.replay.report import ReplayReport, days_of
from benchmarks.replay.rules import PRIORITY_CREDIT_S
from benchmarks.replay.stage import build, make_stage
from benchmarks.replay.trace import Trace
from web.client import Client

SHOW_EVERY_S = 0.5
KILL_AMONG = (0.2, 0.8)
"""Kills begin and end when these shares of the calls have come."""


class ReplayPlan(msgspec.Struct, frozen=True, kw_only=True):
    """How a trace is played. `ends_at_s`: the cut, in the trace's time; None: when every call has ended."""

    speed: float
    seed: int
    wrap_up_s: float = 0.0
    ends_at_s: float | None = None


class Replayed(msgspec.Struct, frozen=True):
    """The report, and the courses for charts; `recorded` None for a made-up trace."""

    report: ReplayReport
    ours: Course
    ideal: Course
    recorded: Course | None
    ring_latencies_ms: list[float]


async def run_replay(
    target: Target, trace: Trace, plan: ReplayPlan, progress: Progress, *, kill: FindPids | None = None
) -> Replayed:
    """Make a queue and agents of its own, play the trace, leave nothing behind, and judge."""
    started_s = time.perf_counter()
    killed: list[KillReport] = []
    async with Client(target.url) as client:
        await client.sign_in(target.clinic, target.login, target.password.reveal())
        stage = make_stage(trace, f"replay-{secrets.token_hex(3)}")
        await build(client, trace, stage, plan.speed)
        day = Day(client, trace, stage, speed=plan.speed, wrap_up_s=plan.wrap_up_s, ends_at_s=plan.ends_at_s)
        progress.step("Calls", len(trace.calls))
        beside = [asyncio.create_task(_show(day, progress))]
        if kill is not None:
            beside.append(asyncio.create_task(_kill_among_calls(kill, trace, day, killed)))
        try:
            await day.play()
            await asyncio.gather(*beside[1:])
        finally:
            for task in beside:
                task.cancel()
            await asyncio.gather(*beside, return_exceptions=True)
            await day.clear()
    journal = await read_account(target.journal_url, target.tenant_id)
    return _replayed(trace, plan, day, journal, killed, time.perf_counter() - started_s)


def _replayed(
    trace: Trace, plan: ReplayPlan, day: Day, journal: JournalAccount, killed: list[KillReport], elapsed_s: float
) -> Replayed:
    ledger, ours = day.ledger, day.course()
    recorded = recorded_course(trace) if trace.is_recorded else None
    told = figures(ours)
    latencies = latencies_of(ledger)
    until_s = plan.ends_at_s if plan.ends_at_s is not None else math.inf
    ideal = Ideal(trace, wrap_up_s=plan.wrap_up_s, credit_s=PRIORITY_CREDIT_S).run(until_s)
    last_s = plan.ends_at_s if plan.ends_at_s is not None else trace.calls[-1].arrived_s
    report = ReplayReport(
        **asdict(told),
        lost_calls=len(lost_calls(ledger, journal, (journal.queued - journal.ended) & ledger.calls.keys())),
        double_offers=double_offers(ledger, journal),
        ring_latency_ms=percentiles(latencies.ring_ms),
        recorded=figures(recorded) if recorded is not None else {},
        elapsed_s=round(elapsed_s, 1),
        ideal=figures(ideal),
        disagreements=disagreements(day, journal),
        trace=trace.name,
        first=f"{trace.moment(trace.calls[0].arrived_s):%Y-%m-%d %H:%M}",
        last=f"{trace.moment(last_s):%Y-%m-%d %H:%M}",
        speed=plan.speed,
        seed=plan.seed,
        agents=len(trace.agents),
        by_day=days_of(trace, ours, ideal, recorded),
        kills=killed,
        refusals=day.doors.refusals,
        reconnects=day.doors.reconnects,
        explanations=explain(trace, plan.speed, ours, figures(ideal), recorded, latencies),
    )
    return Replayed(report, ours, ideal, recorded, latencies.ring_ms)


def disagreements(day: Day, journal: JournalAccount) -> int:
    """Calls that were answered by one account and not by the other; those that the cut left open do not count."""
    return sum(
        1
        for call_id, account in day.ledger.calls.items()
        if account.acknowledged_s is not None
        and call_id not in day.ledger.open
        and (account.connected_s is not None) != (call_id in journal.winner)
    )


async def _kill_among_calls(find_pids: FindPids, trace: Trace, day: Day, killed: list[KillReport]) -> None:
    """Kill in the middle of the calls: at night nobody would notice, nor tell when calls ring again."""
    started_s = time.perf_counter()
    begin_s, end_s = (trace.calls[int(len(trace.calls) * share)].arrived_s for share in KILL_AMONG)
    while day.clock.trace_s() < begin_s:  # noqa: ASYNC110 - the clock may leap, so that no moment can be foretold
        await asyncio.sleep(SHOW_EVERY_S)
    seconds = min((end_s - begin_s) / day.clock.speed, day.lasts_s)
    await kill_in_turn(find_pids, day.ledger, started_s, seconds, killed)


async def _show(day: Day, progress: Progress) -> None:
    shown = 0
    while True:
        await asyncio.sleep(SHOW_EVERY_S)
        over = sum(1 for one in day.ledger.calls.values() if one.ended_s is not None)
        progress.advance(over - shown)
        shown = over
