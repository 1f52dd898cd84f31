"""The next batch forms while the previous one is under way.

Whoever handles the items takes all that have arrived, works, and finds the next batch ready: light load gives batches
of one, heavy load large ones, with no timer and no fixed size. Shards, link writers and publishers all use this.

Initiators (commands) are limited, per tenant and in turn, so that no tenant can starve another; everything else is an
answer or a question of a peer, is bounded by what is open, and always accepted, so that back-pressure cannot deadlock.
"""

import asyncio
from collections import deque
from typing import Generic, TypeVar

T = TypeVar("T")

COMMANDS_PER_TENANT_MAX = 2_000
"""Commands of one tenant that may wait in one mailbox."""
BATCH_ITEMS_MAX = 500
"""Items taken at once, so that one commit stays small enough to answer soon."""


class Mailbox(Generic[T]):
    """Items that arrived and were not taken yet: answers first, then commands, one tenant after the other."""

    def __init__(self) -> None:
        self._answers: deque[T] = deque()
        self._commands: dict[str, deque[T]] = {}
        self._turn: deque[str] = deque()
        self._arrived = asyncio.Event()

    def put(self, item: T) -> None:
        """Accept an answer or a peer's question."""
        self._answers.append(item)
        self._arrived.set()

    def put_command(self, tenant_id: str, item: T) -> bool:
        """Accept a command, or say False: this tenant has too much waiting."""
        waiting = self._commands.setdefault(tenant_id, deque())
        if len(waiting) >= COMMANDS_PER_TENANT_MAX:
            return False
        if not waiting:
            self._turn.append(tenant_id)
        waiting.append(item)
        self._arrived.set()
        return True

    def put_back(self, items: list[T]) -> None:
        """Return items that were taken but not dealt with; they are next."""
        if items:
            self._answers.extendleft(reversed(items))
            self._arrived.set()

    async def take(self, timeout_s: float | None) -> list[T]:
        """All that is there (at most `BATCH_ITEMS_MAX`), waiting up to `timeout_s` for the first; maybe nothing."""
        if not self._arrived.is_set():
            try:
                async with asyncio.timeout(timeout_s):
                    await self._arrived.wait()
            except TimeoutError:
                return []
        batch: list[T] = []
        while self._answers and len(batch) < BATCH_ITEMS_MAX:
            batch.append(self._answers.popleft())
        while self._turn and len(batch) < BATCH_ITEMS_MAX:
            batch.append(self._next_command())
        if not self._answers and not self._turn:
            self._arrived.clear()
        return batch

    def _next_command(self) -> T:
        tenant_id = self._turn.popleft()
        waiting = self._commands[tenant_id]
        item = waiting.popleft()
        if waiting:
            self._turn.append(tenant_id)
        else:
            del self._commands[tenant_id]
        return item

    def __len__(self) -> int:
        return len(self._answers) + sum(map(len, self._commands.values()))
