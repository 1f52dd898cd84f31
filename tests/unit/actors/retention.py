"""A journal of which retention has dropped the beginning."""

from collections.abc import AsyncIterator

from persistence.journal import Entry, Kind
from persistence.memory.journal import MemoryJournal


class Shortened:
    """The same journal after retention: entries of one kind up to a position are gone."""

    def __init__(self, journal: MemoryJournal, kind: Kind, dropped_to: int) -> None:
        self._journal = journal
        self._kind = kind
        self._dropped_to = dropped_to
        self.heads, self.snapshots, self.stale = journal.heads, journal.snapshots, journal.stale

    async def read(
        self, kind: Kind, partition: int, after: int, *, up_to: int | None = None
    ) -> AsyncIterator[list[Entry]]:
        after = max(after, self._dropped_to) if kind is self._kind else after
        async for page in self._journal.read(kind, partition, after, up_to=up_to):
            yield page
