"""One owner's stream: read from its first entry, applied in order, compared with snapshots where they stand.

An owner's snapshots are all taken at one position. There the replayed state of each tenant must be what was saved, and
at the end every index must be what a rebuild gives.
"""

from collections.abc import Callable

import msgspec

from actors.beginning import form_of
from actors.domain import Aggregate, Domain
from actors.rebuild import differing_indexes
from actors.verification.differences import differing_places
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
            stale = await journal.stale(self._domain.kind, self._head.partition, self.position, page[-1].position)
            for position in stale:
                self._found("stale_write", f"Entry {position} was written after a newer incarnation had claimed.")
            for entry in page:
                self._take(entry)
        if self.position != self._head.position:
            self._found(
                "head_differs", f"The head says {self._head.position}, the last entry stands at {self.position}."
            )
        for tenant_id, aggregate in self.aggregates.items():
            for index in differing_indexes(self._domain, aggregate):
                self._found("index_differs", f"The index of {index} is not what a rebuild gives.", tenant_id)
        await self._compare_heads(journal)

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

    async def _compare_heads(self, journal: Journal) -> None:
        """A snapshot may be newer than the heads that we go by, but never than the heads of now."""
        ahead = {position: tenants for position, tenants in self._snapshots.items() if position > self._head.position}
        if not ahead:
            return
        positions = {head.partition: head.position for head in await journal.heads(self._domain.kind)}
        for position, tenants in ahead.items():
            if position > positions.get(self._head.partition, 0):
                for tenant_id in tenants:
                    self._found("snapshot_ahead", f"The snapshot at {position} is ahead of the journal.", tenant_id)

    def _begin_late(self, first: int) -> None:
        """Retention has dropped the beginning: the snapshots are all there is of it."""
        self.complete = self.sound = False
        self._report.shortened += 1
        for position, snapshots in list(self._snapshots.items()):
            if position >= first - 1:
                for snapshot in snapshots.values():
                    loaded = self._loaded(snapshot)
                    if loaded is not None:
                        loaded.recovered(0)
                        self.aggregates[snapshot.tenant_id] = loaded

    def _compare(self, snapshot: Snapshot) -> None:
        if self.complete and form_of(snapshot) not in {self._domain.form, None}:
            self._report.other_form += 1
            return
        self._report.snapshots += 1
        loaded = self._loaded(snapshot)
        if loaded is None:
            return
        saved, replayed = self._domain.dump(loaded), self._domain.dump(self._aggregate(snapshot.tenant_id))
        if saved != replayed:
            places = differing_places(saved, replayed)
            sentence = f"The snapshot at {snapshot.position} is not what the journal leads to: {places}."
            self._found("snapshot_differs", sentence, snapshot.tenant_id)

    def _loaded(self, snapshot: Snapshot) -> Aggregate | None:
        """What a snapshot holds; None, and told, if it cannot be read."""
        try:
            return self._domain.load(snapshot.payload)
        except msgspec.MsgspecError:
            sentence = f"The snapshot at {snapshot.position} cannot be read."
            self._found("snapshot_unreadable", sentence, snapshot.tenant_id)
            return None

    def _aggregate(self, tenant_id: str) -> Aggregate:
        found = self.aggregates.get(tenant_id)
        if found is None:
            found = self.aggregates[tenant_id] = self._domain.new(tenant_id)
        return found

    def _found(self, code: str, sentence: str, tenant_id: str = "") -> None:
        self.sound = False
        self._report.add(code, f"{self._where}, {tenant_id}" if tenant_id else self._where, sentence)
