"""How many agents of each queue are free, on a call, in wrap-up: counted as agents change, not by asking them all."""

from collections import Counter

import msgspec

from engine.agent import Agent, Presence


class _Share(msgspec.Struct, frozen=True):
    """What one agent adds to each of their queues."""

    queues: tuple[str, ...] = ()
    doing: tuple[str, ...] = ()


class Staffing:
    """An index over agents: equal to a count of them."""

    def __init__(self) -> None:
        self._shares: dict[str, _Share] = {}
        self._counts: Counter[tuple[str, str]] = Counter()

    def changed(self, agent: Agent) -> tuple[str, ...]:
        """Count an agent as they are now; the queues whose counts may have changed."""
        before = self._shares.get(agent.agent_id, _Share())
        after = _Share(agent.settings.queues, _doing(agent))
        if after == before:
            return ()
        self._shares[agent.agent_id] = after
        self._counts.subtract((queue_id, what) for queue_id in before.queues for what in before.doing)
        self._counts.update((queue_id, what) for queue_id in after.queues for what in after.doing)
        return (*before.queues, *after.queues)

    def count(self, queue_id: str, what: str) -> int:
        """How many agents of a queue are `free`, `on_call` or in `wrap_up`."""
        return self._counts[queue_id, what]


def _doing(agent: Agent) -> tuple[str, ...]:
    busy = agent.presence
    shown = (busy.value,) if busy in {Presence.ON_CALL, Presence.WRAP_UP} else ()
    return ("free", *shown) if agent.free else shown
