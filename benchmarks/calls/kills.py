"""kill -9 during a load, of one process of each kind in turn, and how long it took until calls rang again."""

import asyncio
import os
import signal
import time
from collections.abc import Callable

import msgspec

from benchmarks.calls.ledger import Ledger

SETTLE_S = 5.0
"""Load before the first kill."""


class KillPlan(msgspec.Struct, frozen=True):
    """`find_pids` names the processes to kill, by shard name, anew each time: a restarted one has another id."""

    find_pids: Callable[[], dict[str, int]]
    every_s: float = 10.0


class KillReport(msgspec.Struct, frozen=True):
    """`dispatching_again_s`: from the kill to the first ring of a call that arrived after it; None: it never rang."""

    name: str
    at_s: float
    dispatching_again_s: float | None


async def kill_in_turn(plan: KillPlan | None, ledger: Ledger, begun_s: float, reports: list[KillReport]) -> None:
    """Kill every process once. Reports are added as they are known."""
    if plan is None:
        return
    await asyncio.sleep(max(0.0, begun_s + SETTLE_S - time.perf_counter()))
    for name in sorted(await asyncio.to_thread(plan.find_pids)):
        pids = await asyncio.to_thread(plan.find_pids)
        killed_s = time.perf_counter()
        os.kill(pids[name], signal.SIGKILL)
        await asyncio.sleep(plan.every_s)
        reports.append(KillReport(name, round(killed_s - begun_s, 2), _again_s(ledger, killed_s)))


def _again_s(ledger: Ledger, killed_s: float) -> float | None:
    rings = [one.rang_s for one in ledger.calls.values() if one.rang_s is not None and one.scheduled_s > killed_s]
    return round(min(rings) - killed_s, 2) if rings else None
