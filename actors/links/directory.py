"""Who owns which partition, and where: a cached view of the journal's heads."""

import asyncio

import structlog

from persistence.errors import StoreError
from persistence.journal import Journal, Kind

REFRESH_S_MIN = 0.1
"""At most this often is the directory read, however many links ask for it."""

_log = structlog.get_logger(part="directory")


class Directory:
    """Addresses by kind and partition. Stale entries are harmless: the process that answers says who it is."""

    def __init__(self, journal: Journal) -> None:
        self._journal = journal
        self._addresses: dict[tuple[Kind, int], str] = {}
        self._refreshing: asyncio.Task[None] | None = None

    def address(self, kind: Kind, partition: int) -> str | None:
        return self._addresses.get((kind, partition))

    def addresses(self, kind: Kind) -> set[str]:
        """Every process that owns partitions of this kind."""
        return {address for (of_kind, _), address in self._addresses.items() if of_kind is kind}

    def refresh_soon(self) -> None:
        """Read the heads again, unless that is under way."""
        if self._refreshing is None or self._refreshing.done():
            self._refreshing = asyncio.get_running_loop().create_task(self._refresh_later())

    async def refresh(self) -> None:
        """Read the heads now. A store that cannot be read leaves what was known."""
        try:
            heads = await self._journal.heads()
        except StoreError as error:
            _log.warning("directory not refreshed", error=type(error).__name__)
            return
        self._addresses = {(head.kind, head.partition): head.address for head in heads}

    async def close(self) -> None:
        if self._refreshing is not None:
            self._refreshing.cancel()
            await asyncio.gather(self._refreshing, return_exceptions=True)

    async def _refresh_later(self) -> None:
        await self.refresh()
        await asyncio.sleep(REFRESH_S_MIN)
