"""What the way back of a killed shard is made of: Ray starts the next process (`process_s`), which becomes the actor
(`actor_s`), claims (`claimed_s`) and has recovered (`recovered_s`). Until a call rings again the router has to follow.
"""

import asyncio
import contextlib
import time
from typing import Self

from benchmarks.chaos.faults import Fault, Kill
from benchmarks.chaos.ground import Ground
from persistence.errors import StoreError
from persistence.journal import Journal, Kind

LOOK_S = 0.02
"""How exactly the steps are timed."""


class Comeback:
    """Watches one shard from before its death. `steps`: seconds since then, by name, as they come."""

    def __init__(self, ground: Ground, journal: Journal, kind: Kind, pid: int | None, address: str | None) -> None:
        self._ground = ground
        self._journal = journal
        self._kind = kind
        self._pid = pid
        self._address = address
        self.steps: dict[str, float] = {}

    @classmethod
    async def of(cls, fault: Fault, ground: Ground, journal: Journal) -> Self | None:
        """For a fault that kills a shard."""
        kinds = [kind for kind in Kind if isinstance(fault, Kill) and fault.victim == kind.value]
        if not kinds:
            return None
        kind = kinds[0]
        return cls(ground, journal, kind, ground.pid_of(kind.value), await _address(journal, kind))

    async def watch(self) -> None:
        """Call it when the fault strikes; it ends with the recovery, or is cancelled."""
        struck_s, struck_at_s = time.perf_counter(), time.time()
        pid = self._pid
        while pid is None or pid == self._pid:
            await asyncio.sleep(LOOK_S)
            pid = self._ground.pid_of(self._kind.value)
        self._note("actor_s", struck_s)
        self.steps["process_s"] = round(max(0.0, self.steps["actor_s"] - self._ground.age_s(pid)), 2)
        if self._address is None:
            return  # a router owns nothing that it would have to claim
        address: str | None = self._address
        while address == self._address:
            await asyncio.sleep(LOOK_S)
            address = await _address(self._journal, self._kind)
        self._note("claimed_s", struck_s)
        recovered_at_s = None
        while recovered_at_s is None:
            await asyncio.sleep(LOOK_S)
            recovered_at_s = self._ground.recovered_at_s(pid)
        self.steps["recovered_s"] = round(recovered_at_s - struck_at_s, 2)

    def _note(self, step: str, struck_s: float) -> None:
        self.steps[step] = round(time.perf_counter() - struck_s, 2)


async def _address(journal: Journal, kind: Kind) -> str | None:
    """Where the owner of a kind's partitions is; None where nobody owns any, or nobody can say."""
    with contextlib.suppress(StoreError):
        for head in await journal.heads(kind):
            return head.address
    return None
