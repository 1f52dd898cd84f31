"""The journal of a simulated process: slow, sometimes failing, sometimes silent about what it did."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from typing import TypeVar

from actors.simulation.faults import Faults
from persistence.errors import CommitUnknownError, StoreUnavailableError
from persistence.journal import Claim, Entry, Head, Kind, Snapshot
from persistence.memory.journal import MemoryJournal

T = TypeVar("T")

Witness = Callable[[Kind, Sequence[Claim], Sequence[Entry], frozenset[int]], None]


class FaultyJournal:
    """Implements `persistence.journal.Journal` over the shared memory journal, for one process.

    A commit may be refused, happen with its answer lost, or happen *after* its failure was reported, which is what a
    broken connection to a busy server looks like. A read may be refused.
    """

    def __init__(self, store: MemoryJournal, faults: Faults, witness: Witness) -> None:
        self._store = store
        self._faults = faults
        self._witness = witness

    async def claim(self, kind: Kind, partitions: Sequence[int], address: str) -> list[Claim]:
        return await self._write(lambda: self._store.claim(kind, partitions, address))

    async def reclaim(self, kind: Kind, claims: Sequence[Claim], address: str) -> list[Claim]:
        return await self._write(lambda: self._store.reclaim(kind, claims, address))

    async def append(self, kind: Kind, claims: Sequence[Claim], entries: Sequence[Entry]) -> frozenset[int]:
        async def append() -> frozenset[int]:
            written = await self._store.append(kind, claims, entries)
            self._witness(kind, claims, entries, written)
            return written

        return await self._write(append)

    async def confirm(self, kind: Kind, claims: Sequence[Claim]) -> frozenset[int]:
        await self._ask()
        return await self._store.confirm(kind, claims)

    async def snapshots(self, kind: Kind, partition: int) -> list[Snapshot]:
        await self._ask()
        return await self._store.snapshots(kind, partition)

    async def read(
        self, kind: Kind, partition: int, after: int, *, up_to: int | None = None
    ) -> AsyncIterator[list[Entry]]:
        await self._ask()
        async for page in self._store.read(kind, partition, after, up_to=up_to):
            yield page
            await self._ask()

    async def stale(self, kind: Kind, partition: int, after: int, up_to: int) -> list[int]:
        await self._ask()
        return await self._store.stale(kind, partition, after, up_to)

    async def save_snapshots(self, kind: Kind, claim: Claim, snapshots: Sequence[Snapshot]) -> bool:
        return await self._write(lambda: self._store.save_snapshots(kind, claim, snapshots))

    async def heads(self, kind: Kind | None = None) -> list[Head]:
        await self._ask()
        return await self._store.heads(kind)

    async def _write(self, act: Callable[[], Awaitable[T]]) -> T:
        faults = self._faults
        await self._request()
        if faults.strikes("commit_refused", faults.plan.commit_refused):
            raise StoreUnavailableError
        if faults.strikes("commit_late", faults.plan.commit_late):
            asyncio.get_running_loop().call_later(faults.delay_s() * 10, self._act_late, act)
            raise CommitUnknownError
        if faults.strikes("commit_hangs", faults.plan.commit_hangs):
            await asyncio.sleep(3.0)
        result = await act()
        if faults.strikes("commit_answer_lost", faults.plan.commit_answer_lost):
            raise CommitUnknownError
        await self._answer()
        return result

    def _act_late(self, act: Callable[[], Awaitable[T]]) -> None:
        """The memory journal never suspends, so one step runs the whole of it."""

        async def finish() -> None:
            await act()

        try:
            finish().send(None)
        except StopIteration:
            return

    async def _ask(self) -> None:
        """A read, until just before it sees anything."""
        await self._request()
        if self._faults.strikes("read_refused", self._faults.plan.read_refused):
            raise StoreUnavailableError

    async def _request(self) -> None:
        """Half a round trip, on the way there. Whoever dies here has asked for nothing."""
        await asyncio.sleep(self._faults.rng.uniform(0.0002, 0.004))

    async def _answer(self) -> None:
        """Half a round trip, on the way back. Whoever dies here has written."""
        await asyncio.sleep(self._faults.rng.uniform(0.0002, 0.004))
