"""Publishing frames for all gateways, per tenant one at a time and not too often.

What is published may be lost: readers notice the gap in positions and ask for the whole picture. So a store that is
gone, slow or full never holds up the supervisor; it is logged once when it begins and once when it is over.
"""

import asyncio
from collections.abc import Awaitable, Callable

import structlog

PUBLISH_PAUSE_MS = 50
"""The least time between two frames of one tenant."""
PUBLISH_TIMEOUT_S = 2.0

Publish = Callable[[str, bytes], Awaitable[None]]


class Publisher:
    """Keeps at most one frame per tenant under way; meanwhile the caller lets the next one form."""

    def __init__(self, publish: Publish) -> None:
        self._publish = publish
        self._log = structlog.get_logger(part="publisher")
        self._under_way: dict[str, asyncio.Task[None]] = {}
        self._next_ms: dict[str, int] = {}
        self._failing = False
        self.published = 0
        self.failed = 0

    def may(self, tenant_id: str, now_ms: int) -> bool:
        """Whether a frame of this tenant can leave now."""
        return tenant_id not in self._under_way and now_ms >= self._next_ms.get(tenant_id, 0)

    def send(self, tenant_id: str, payload: bytes, now_ms: int) -> None:
        """Publish one frame, for which `may` has been asked."""
        self._next_ms[tenant_id] = now_ms + PUBLISH_PAUSE_MS
        task = asyncio.get_running_loop().create_task(self._send(tenant_id, payload))
        self._under_way[tenant_id] = task
        task.add_done_callback(lambda _: self._under_way.pop(tenant_id))

    async def close(self) -> None:
        """Give up what is under way."""
        tasks = list(self._under_way.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _send(self, tenant_id: str, payload: bytes) -> None:
        try:
            async with asyncio.timeout(PUBLISH_TIMEOUT_S):
                await self._publish(tenant_id, payload)
        except Exception as error:  # noqa: BLE001 - whatever the store's client raises, the frame is lost and no more
            self.failed += 1
            if not self._failing:
                self._log.warning("live frames are not published", error=type(error).__name__)
            self._failing = True
        else:
            self.published += 1
            if self._failing:
                self._log.info("live frames are published again")
            self._failing = False
