"""One owner's stream: read from its first entry, applied in order, compared with snapshots where they stand.

An owner's snapshots are all taken at one position. There the replayed state of each tenant must be what was saved, and
at the end every index must be what a rebuild gives.
"""

from collections.abc import Callable

import msgspec

from actors.domain import Aggregate, Domain
from actors.rebuild import equals_rebuild
from actors.verification.findings import Report
from engine.events import Fact, decode_fact
from persistence.journal import Entry, Head, Journal, Snapshot

OnFact = Callable[[str, Fact, int], None]


class StreamReplay:
    """The replay of one stream. `on_fact(tenant_id, fact, position)` hears of every fact in order."""

    def __init__(self, domain: Domain, head: Head, report: Report, on_fact: OnFact) -> None:
        self._domain = domain
        self._head = head
        self._report = report
        self._on_fact = on_fact
        self._where = f"{domain.kind.value} stream {head.partition}"
        self._snapshots: dict[int, dict[str, Snapshot]] = {}
        self._last_at_ms = 0
        self.aggregates: dict[str, Aggregate] = {}
        self.position = 0
        self.complete = True
        """Whether the stream begins with its first entry."""
        self.sound = True
        """Whether it does, and nothing was found in it so far: whether anything else can be replayed from it."""

    async def run(self, journal: Journal) -> None:
        """Read up to the head. Raises `StoreError`."""
        for snapshot in await journal.snapshots(self._domain.kind, self._head.partition):
            self._snapshots.setdefault(snapshot.position, {})[snapshot.tenant_id] = snapshot
        async for page in journal.read(self._domain.kind, self._head.partition, 0, up_to=self._head.position):
            if page[0].position <= self.position:
                self._found("gap", f"Entry {page[0].position} follows entry {self.position}; nothing after it is read.")
                break
            for entry in page:
                self._take(entry)
        if self.position != self._head.position:
            self._found(
                "head_differs", f"The head says {self._head.position}, the last entry stands at {self.position}."
            )
        for tenant_id, aggregate in self.aggregates.items():
            if not equals_rebuild(self._domain, aggregate):
                self._found("index_differs", "An index is not what a rebuild gives.", tenant_id)

    def _take(self, entry: Entry) -> None:
        self._report.entries += 1
        if self.position == 0 and entry.position != 1:
            self._begin_late(entry.position)
        elif entry.position != self.position + 1:
            self._found("gap", f"Entry {entry.position} follows entry {self.position}.")
        if entry.at_ms < self._last_at_ms:
            self._found("time_ran_back", f"Entry {entry.position} is older than the one before it.")
        self.position, self._last_at_ms = entry.position, entry.at_ms
        try:
            fact = decode_fact(entry.payload)
            aggregate = self._aggregate(entry.tenant_id)
            if entry.position > aggregate.position:
                aggregate.evolve(fact, entry.position)
        except (msgspec.MsgspecError, LookupError, AssertionError) as error:
            sentence = f"Entry {entry.position} ({entry.type}) cannot be applied: {type(error).__name__}."
            self._found("not_applicable", sentence, entry.tenant_id)
            return
        self._on_fact(entry.tenant_id, fact, entry.position)
        for snapshot in self._snapshots.get(entry.position, {}).values():
            self._compare(snapshot)

    def _begin_late(self, first: int) -> None:
        """Retention has dropped the beginning: the snapshots are all there is of it."""
        self.complete = self.sound = False
        self._report.shortened += 1
        for position, snapshots in list(self._snapshots.items()):
            if position >= first - 1:
                for snapshot in snapshots.values():
                    loaded = self.aggregates[snapshot.tenant_id] = self._domain.load(snapshot.payload)
                    loaded.recovered(0)

    def _compare(self, snapshot: Snapshot) -> None:
        self._report.snapshots += 1
        saved = self._domain.dump(self._domain.load(snapshot.payload))
        if saved != self._domain.dump(self._aggregate(snapshot.tenant_id)):
            sentence = f"The snapshot at {snapshot.position} is not what the journal leads to."
            self._found("snapshot_differs", sentence, snapshot.tenant_id)

    def _aggregate(self, tenant_id: str) -> Aggregate:
        found = self.aggregates.get(tenant_id)
        if found is None:
            found = self.aggregates[tenant_id] = self._domain.new(tenant_id)
        return found

    def _found(self, code: str, sentence: str, tenant_id: str = "") -> None:
        self.sound = False
        self._report.add(code, f"{self._where}, {tenant_id}" if tenant_id else self._where, sentence)
