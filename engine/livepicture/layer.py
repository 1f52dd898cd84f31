"""One kind of row as it was last shown, and which of them may have changed since."""

from collections.abc import Callable, Iterable
from typing import Generic

from engine.livepicture.frames import R, ordered


class Layer(Generic[R]):
    """Rows by key. `touch` what may have changed; `refresh` finds what has."""

    def __init__(self, row_of: Callable[[str], R | None]) -> None:
        """`row_of` gives the row as it is now, None where there is none (any more)."""
        self._row_of = row_of
        self._shown: dict[str, R] = {}
        self._touched: dict[str, None] = {}

    def touch(self, keys: Iterable[str]) -> None:
        self._touched |= dict.fromkeys(keys)

    def refresh(self) -> tuple[tuple[R, ...], tuple[str, ...]]:
        """Show everything as it is now: the rows that have changed, and the keys of those that are gone."""
        touched, self._touched = self._touched, {}
        changed: list[R] = []
        gone: list[str] = []
        for key in touched:
            row, shown = self._row_of(key), self._shown.get(key)
            if row is None:
                if self._shown.pop(key, None) is not None:
                    gone.append(key)
            elif row != shown:
                self._shown[key] = row
                changed.append(row)
        return tuple(changed), tuple(gone)

    def shown(self) -> tuple[R, ...]:
        return ordered(self._shown.values())
