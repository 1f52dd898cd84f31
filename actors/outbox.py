"""Open steps on their way: asked when they open, asked again every unanswered second, dropped when they close.

Nothing here is durable; after a recovery every open step is asked again. A question that was confirmed but stays open
(a ring that nobody has answered yet) is not repeated.
"""

from engine.deadlines import Deadlines
from engine.messages import MakeOffer, Step
from engine.steps import OpenSteps

ASK_AGAIN_MS = 1_000


class Outbox:
    """The open steps of all tenants of a shard, by tenant and offer."""

    def __init__(self) -> None:
        self._again = Deadlines()
        self._steps: dict[str, tuple[str, Step]] = {}

    def collect(self, tenant_id: str, steps: OpenSteps[Step], now_ms: int) -> list[Step]:
        """Take over what changed in one aggregate; the steps that are to be asked now."""
        opened: list[Step] = []
        for key in steps.take_changed():
            step = steps.get(key)
            slot = f"{tenant_id}/{key}"
            if step is None:
                self._drop(slot)
            else:
                self._steps[slot] = (tenant_id, step)
                self._again.set(slot, now_ms + ASK_AGAIN_MS)
                opened.append(step)
        return opened

    def recovered(self, tenant_id: str, steps: OpenSteps[Step], now_ms: int) -> None:
        """Everything that is open is to be asked at once."""
        for key, step in steps.as_dict().items():
            slot = f"{tenant_id}/{key}"
            self._steps[slot] = (tenant_id, step)
            self._again.set(slot, now_ms)

    def confirmed(self, tenant_id: str, offer_id: str) -> None:
        """The other side holds the offer and will speak when it is over; a release of it is asked on."""
        slot = f"{tenant_id}/{offer_id}"
        _, step = self._steps.get(slot, (tenant_id, None))
        if isinstance(step, MakeOffer):
            self._again.clear(slot)

    def due(self, now_ms: int) -> list[tuple[str, Step]]:
        """Steps to ask again now, with their tenants."""
        found: list[tuple[str, Step]] = []
        while (slot := self._again.due(now_ms)) is not None:
            found.append(self._steps[slot])
            self._again.set(slot, now_ms + ASK_AGAIN_MS)
        return found

    def next_deadline_ms(self) -> int | None:
        return self._again.earliest_ms()

    def clear(self) -> None:
        """Forget everything: the state is about to be recovered."""
        self._again = Deadlines()
        self._steps = {}

    def forget(self, tenant_id: str) -> None:
        """Drop every step of a tenant: its partition belongs to someone else now."""
        for slot in [slot for slot, (owner, _) in self._steps.items() if owner == tenant_id]:
            self._drop(slot)

    def __len__(self) -> int:
        return len(self._steps)

    def _drop(self, slot: str) -> None:
        self._steps.pop(slot, None)
        self._again.clear(slot)
