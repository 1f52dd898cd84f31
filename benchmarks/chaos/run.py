"""A house under load, one fault after the other, and the judgement at the end."""

import asyncio
import time
from collections.abc import Sequence
from random import Random

import msgspec

from actors.verification.verify import verify
from benchmarks.calls.judge import read_account
from benchmarks.calls.kills import dispatching_again_s
from benchmarks.calls.ledger import double_offers
from benchmarks.calls.run import Progress, Target
from benchmarks.chaos.audit import WRITTEN, Audit, Verdict
from benchmarks.chaos.comeback import Comeback
from benchmarks.chaos.ground import Ground, Needs
from benchmarks.chaos.load import Crowd, Load, loaded
from benchmarks.chaos.reckoning import longest_pause_s
from benchmarks.chaos.report import FaultReport, HouseReport, worst
from benchmarks.chaos.schedule import Planned
from persistence.journal import Journal, partition_of
from persistence.projections import Projections

AGAIN_S_MAX = 120.0
"""After a fault that let nothing ring for so long, the run goes on to the next."""
WARM_UP_S = 3.0


class Judge(msgspec.Struct, frozen=True):
    """What the judge may look into: the stores, past every proxy."""

    journal: Journal
    projections: Projections


class Story(msgspec.Struct, frozen=True):
    """One house: its faults and its end."""

    faults: list[FaultReport]
    house: HouseReport


async def live_through(
    ground: Ground,
    needs: Needs,
    planned: Sequence[Planned],
    target: Target,
    crowd: Crowd,
    judge: Judge,
    progress: Progress,
) -> Story:
    """Load a house that is whole, let every fault strike, wait for the last call to end, and judge."""
    started_s = time.perf_counter()
    async with loaded(target, crowd, progress) as load:
        audit = Audit(judge.journal, target.tenant_id, load.ledger, load.held)
        await load.rings_again(AGAIN_S_MAX)
        await asyncio.sleep(WARM_UP_S)
        progress.step(f"Faults ({needs})", len(planned))
        struck = []
        for one in planned:
            await load.settled()
            await asyncio.sleep(one.pause_s)
            struck.append(await _strike(one, ground, load, audit, judge))
            progress.say(_line(struck[-1], load))
            progress.advance(1)
        await load.drain()
        verdict = await audit.look()
        faults = _priced(struck, load)
        house = await _house(needs, target, load, judge, verdict, time.perf_counter() - started_s)
    return Story(faults, house)


class Struck(msgspec.Struct, frozen=True):
    """A fault whose price is not known yet: calls that it held up may still ring."""

    report: FaultReport
    struck_s: float
    over_s: float


async def _strike(planned: Planned, ground: Ground, load: Load, audit: Audit, judge: Judge) -> Struck:
    before = await audit.look()
    rng = Random(planned.seed)  # noqa: S311 - a seeded fault, not a secret
    comeback = await Comeback.of(planned.fault, ground, judge.journal)
    in_flight = len(load.ledger.not_over)
    struck_s = time.perf_counter()
    watching = asyncio.create_task(comeback.watch()) if comeback is not None else None

    async def rings_again() -> None:
        await load.rings_again(AGAIN_S_MAX)

    try:
        detail = await planned.fault.strike(ground, rng, rings_again)
        await load.rings_again(AGAIN_S_MAX)
        await ground.whole()
    finally:
        if watching is not None:
            watching.cancel()
            await asyncio.gather(watching, return_exceptions=True)
    verdict = (await audit.look()).since(before)
    report = FaultReport(
        kind=planned.fault.kind,
        detail=detail,
        at_s=round(struck_s - load.begun_s, 2),
        in_flight=in_flight,
        **msgspec.structs.asdict(verdict),
        dispatching_again_s=None,
        longest_pause_s=0.0,
        steps=comeback.steps if comeback is not None else {},
    )
    return Struck(report, struck_s, time.perf_counter())


def _line(struck: Struck, load: Load) -> str:
    """A fault in a line, as far as its price is known."""
    report, again_s = struck.report, dispatching_again_s(load.ledger.calls.values(), struck.struck_s)
    again = "nothing has rung since" if again_s is None else f"rang again after {again_s:.2f} s"
    found = f"{report.lost_calls} lost, {report.double_offers} double, {report.stale_writes} stale"
    return f"{report.at_s:7.1f} s  {report.kind} ({report.detail}), {report.in_flight} in flight: {again}; {found}"


def _priced(struck: Sequence[Struck], load: Load) -> list[FaultReport]:
    calls = load.ledger.calls.values()
    return [
        msgspec.structs.replace(
            one.report,
            dispatching_again_s=dispatching_again_s(calls, one.struck_s),
            longest_pause_s=longest_pause_s(calls, one.struck_s, one.over_s),
        )
        for one in struck
    ]


async def _house(
    needs: Needs, target: Target, load: Load, judge: Judge, verdict: Verdict, seconds: float
) -> HouseReport:
    """The end of a house: everything read again, from the first entry on."""
    again = await _second_reading(target, load, judge)
    found = await verify(judge.journal, judge.projections, lambda _: None)
    accounts = load.ledger.calls.values()
    return HouseReport(
        needs=needs.value,
        seconds=round(seconds, 1),
        scheduled=len(accounts),
        acknowledged=sum(1 for one in accounts if one.acknowledged_s is not None),
        completed=sum(1 for one in accounts if one.ended_s is not None),
        unserved=sum(1 for one in accounts if one.acknowledged_s is not None and one.ended_s is None),
        held=len(load.held),
        reconnects=load.reconnects,
        refusals=load.refusals,
        entries=found.entries,
        differences=found.found,
        **msgspec.structs.asdict(worst(verdict, again)),
    )


async def _second_reading(target: Target, load: Load, judge: Judge) -> Verdict:
    account = await read_account(target.journal_url, target.tenant_id)
    acknowledged = {key for key, one in load.ledger.calls.items() if one.acknowledged_s is not None}
    lost = (acknowledged | load.held) - account.queued | (load.held & account.ended)
    stale = 0
    for head in await judge.journal.heads():
        if head.kind in WRITTEN and head.partition == partition_of(target.tenant_id):
            stale += len(await judge.journal.stale(head.kind, head.partition, 0, head.position))
    return Verdict(len(lost), double_offers(load.ledger, account), stale)
