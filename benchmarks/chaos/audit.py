"""The judge: the load client's ledger against the journal, looked at again after every fault."""

import asyncio
from collections.abc import AsyncIterator

import msgspec

from benchmarks.calls.ledger import JournalAccount, Ledger, double_offers
from engine.events import decode_fact
from persistence.errors import StoreError
from persistence.journal import Journal, Kind, partition_of

PATIENCE_S = 60.0
RETRY_S = 0.5
WRITTEN = (Kind.QUEUE, Kind.AGENT)
"""The streams that commands write to."""


class Verdict(msgspec.Struct, frozen=True):
    """A call is lost if it was acknowledged and stands nowhere in the journal, be it alive or ended. A double offer is
    a second open offer of a call or a second winner, by either account. A stale write is an entry of an incarnation
    whose successor had claimed before.
    """

    lost_calls: int = 0
    double_offers: int = 0
    stale_writes: int = 0

    def since(self, before: "Verdict") -> "Verdict":
        return Verdict(
            self.lost_calls - before.lost_calls,
            self.double_offers - before.double_offers,
            self.stale_writes - before.stale_writes,
        )


class Audit:
    """Reads each stream of one clinic once, in pieces. `held`: calls that were acknowledged outside of the ledger and
    that nobody ends.
    """

    def __init__(self, journal: Journal, tenant_id: str, ledger: Ledger, held: set[str]) -> None:
        self._journal = journal
        self._tenant_id = tenant_id
        self._partition = partition_of(tenant_id)
        self._ledger = ledger
        self._held = held
        self._read_to = dict.fromkeys(WRITTEN, 0)
        self._stale = 0
        self.account = JournalAccount()

    async def look(self) -> Verdict:
        """Judge everything up to now. Raises `StoreError` if the journal cannot be read for `PATIENCE_S`."""
        acknowledged = {key for key, one in self._ledger.calls.items() if one.acknowledged_s is not None} | self._held
        for kind in WRITTEN:
            await self._read(kind)
        lost = (acknowledged - self.account.queued) | (self._held & self.account.ended)
        return Verdict(len(lost), double_offers(self._ledger, self.account), self._stale)

    async def _read(self, kind: Kind) -> None:
        deadline_s = asyncio.get_running_loop().time() + PATIENCE_S
        while True:
            try:
                async for position in self._pages(kind):
                    self._read_to[kind] = position
            except StoreError:
                if asyncio.get_running_loop().time() > deadline_s:
                    raise
                await asyncio.sleep(RETRY_S)  # the database was the victim of this fault, or of the one before
            else:
                return

    async def _pages(self, kind: Kind) -> AsyncIterator[int]:
        """Take in page after page; where each ends."""
        after = self._read_to[kind]
        async for page in self._journal.read(kind, self._partition, after):
            stale = await self._journal.stale(kind, self._partition, after, page[-1].position)
            self._stale += len(stale)
            if kind is Kind.QUEUE:
                self.account.read(decode_fact(one.payload) for one in page if one.tenant_id == self._tenant_id)
            after = page[-1].position
            yield after
