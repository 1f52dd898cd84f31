"""Tallies: what each queue saw, by quarters of an hour, for the last 48 hours.

Two streams feed them, and nothing says how the two interleave. Sums don't mind the order; what is too old is refused
and dropped by one horizon that only moves forward, so that the same facts give the same tallies in any order.
"""

from collections.abc import Iterator

from msgspec.structs import replace

from engine.livepicture.rows import TallyRow, tally_key

INTERVAL_MS = 900_000
KEPT_MS = 48 * 3_600_000


class Tallies:
    """Rows by queue and interval; `changed` holds the keys of those that were added to or dropped."""

    def __init__(self, rows: tuple[TallyRow, ...] = (), newest_ms: int = 0) -> None:
        self._rows = {row.key: row for row in rows}
        self.newest_ms = newest_ms
        self.changed: dict[str, None] = dict.fromkeys(self._rows)

    def elapse(self, at_ms: int) -> None:
        """Time has come this far: let go of what is older than `KEPT_MS`."""
        start_ms = interval_of(at_ms)
        if start_ms <= self.newest_ms:
            return
        self.newest_ms = start_ms
        for row in [row for row in self._rows.values() if row.start_ms <= start_ms - KEPT_MS]:
            del self._rows[row.key]
            self.changed[row.key] = None

    def add(self, queue_id: str, at_ms: int, **amounts: int) -> None:
        """Add amounts, by field, to the interval in which `at_ms` lies."""
        start_ms = interval_of(at_ms)
        if start_ms <= self.newest_ms - KEPT_MS:
            return
        key = tally_key(queue_id, start_ms)
        row = self._rows.get(key) or TallyRow(queue_id, start_ms)
        sums = {field: getattr(row, field) + max(0, more) for field, more in amounts.items()}
        self._rows[key] = replace(row, **sums)
        self.changed[key] = None

    def get(self, key: str) -> TallyRow | None:
        return self._rows.get(key)

    def __iter__(self) -> Iterator[TallyRow]:
        return iter(self._rows.values())


def interval_of(at_ms: int) -> int:
    """Where the interval begins that a moment lies in."""
    return at_ms - at_ms % INTERVAL_MS
