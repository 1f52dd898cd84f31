"""kill -9 during a load, of one process of each kind in turn, and how long it took until calls rang again."""

import asyncio
import os
import signal
import time
from collections.abc import Callable, Iterable

import msgspec

from benchmarks.calls.ledger import CallAccount, Ledger

SETTLE_S = 5.0
"""Load before the first kill."""
RECOVER_S_MIN = 3.0
"""Time between two kills, at the least."""

FindPids = Callable[[], dict[str, int]]
"""The processes to kill, by shard name, looked up anew each time: a restarted one has another id."""


class KillReport(msgspec.Struct, frozen=True):
    """`dispatching_again_s`: from the kill to the first ring of a call that arrived after it; None: it never rang."""

    name: str
    at_s: float
    dispatching_again_s: float | None

    def __str__(self) -> str:
        again = "never" if self.dispatching_again_s is None else f"after {self.dispatching_again_s:.2f} s"
        return f"kill -9 {self.name} at {self.at_s:.0f} s: ringing again {again}"


async def kill_in_turn(
    find_pids: FindPids, ledger: Ledger, begun_s: float, seconds: float, reports: list[KillReport]
) -> None:
    """Kill every process once, spread over a load of `seconds`. Reports are added as they are known."""
    await asyncio.sleep(max(0.0, begun_s + SETTLE_S - time.perf_counter()))
    names = sorted(await asyncio.to_thread(find_pids))
    for name in names:
        pids = await asyncio.to_thread(find_pids)
        killed_s = time.perf_counter()
        os.kill(pids[name], signal.SIGKILL)
        await asyncio.sleep(max(RECOVER_S_MIN, (seconds - SETTLE_S) / len(names)))
        again_s = dispatching_again_s(ledger.calls.values(), killed_s)
        reports.append(KillReport(name, round(killed_s - begun_s, 2), again_s))


def dispatching_again_s(calls: Iterable[CallAccount], struck_s: float) -> float | None:
    """From a fault to the first ring of a call that arrived after it; None: none has rung."""
    rings = [one.rang_s for one in calls if one.rang_s is not None and one.scheduled_s > struck_s]
    return round(min(rings) - struck_s, 2) if rings else None
