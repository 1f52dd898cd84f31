"""Open steps: questions to another owner that have no durable answer yet.

They follow from the state and are keyed by `offer_id`. Whoever hosts the aggregate asks those that changed once the
change is durable, and asks again what stays unanswered.
"""

from collections.abc import Iterator
from typing import Generic, TypeVar

T = TypeVar("T")


class OpenSteps(Generic[T]):
    """The open steps of one aggregate, and which of them changed since they were last looked at."""

    def __init__(self) -> None:
        self._steps: dict[str, T] = {}
        self._changed: set[str] = set()

    def open(self, key: str, step: T) -> None:
        self._steps[key] = step
        self._changed.add(key)

    def close(self, key: str) -> None:
        if self._steps.pop(key, None) is not None:
            self._changed.add(key)

    def get(self, key: str) -> T | None:
        return self._steps.get(key)

    def take_changed(self) -> list[str]:
        """Keys of the steps that were opened, replaced or closed since the last call, in a stable order."""
        changed, self._changed = sorted(self._changed), set()
        return changed

    def as_dict(self) -> dict[str, T]:
        """All open steps, for comparison with a rebuild."""
        return dict(self._steps)

    def __iter__(self) -> Iterator[str]:
        return iter(self._steps)

    def __len__(self) -> int:
        return len(self._steps)
