"""Free agents of one bench in an order, from which the best is found without looking at all.

Several benches may serve one queue, so the best of each must be comparable: a `Candidate` sorts first if it should be
offered the call.
"""

from collections.abc import Callable
from typing import Protocol

from engine.agent import Agent
from engine.routing.order import Ordered

Candidate = tuple[int, float, int, str]
"""Level, then what the strategy goes by (two numbers), then the agent's id, which makes the order total."""
Spot = tuple[int, str]
"""Position and agent id."""


class Draws(Protocol):
    """Randomness, as `random.Random` gives it."""

    def random(self) -> float: ...

    def randrange(self, stop: int, /) -> int: ...


class Seats(Protocol):
    """The order of one strategy."""

    def put(self, agent: Agent) -> None: ...

    def drop(self, agent_id: str) -> None: ...

    def best(self, level: int, last: Spot | None, draws: Draws) -> Candidate | None:
        """Who is next; None where nobody sits. `level`: of this bench in the queue; `last`: who was offered last."""
        ...


class Ranked:
    """The smallest number first."""

    def __init__(self, rank: Callable[[Agent], int]) -> None:
        self._rank = rank
        self._order: Ordered[Spot] = Ordered()

    def put(self, agent: Agent) -> None:
        self._order.put(agent.agent_id, (self._rank(agent), agent.agent_id))

    def drop(self, agent_id: str) -> None:
        self._order.drop(agent_id)

    def best(self, level: int, last: Spot | None, draws: Draws) -> Candidate | None:  # noqa: ARG002 - needs neither
        first = self._order.first()
        return (level, first[0], 0, first[1]) if first is not None else None


class Circle:
    """The next place after the last one, and from the top again after the end."""

    def __init__(self, position: Callable[[Agent], int]) -> None:
        self._position = position
        self._order: Ordered[Spot] = Ordered()

    def put(self, agent: Agent) -> None:
        self._order.put(agent.agent_id, (self._position(agent), agent.agent_id))

    def drop(self, agent_id: str) -> None:
        self._order.drop(agent_id)

    def best(self, level: int, last: Spot | None, draws: Draws) -> Candidate | None:  # noqa: ARG002 - needs none
        found = self._order.after(last) if last is not None else self._order.first()
        if found is not None:
            return (level, 0, *found)
        first = self._order.first()
        return (level, 1, *first) if first is not None else None


class Lots:
    """Anyone. The bench draws for all who sit on it at once: the smallest of n even draws is 1 - (1 - u) ** (1 / n)."""

    def __init__(self, *, weighted: bool) -> None:
        self._weighted = weighted
        self._members: list[str] = []
        self._index: dict[str, int] = {}

    def put(self, agent: Agent) -> None:
        if agent.agent_id not in self._index:
            self._index[agent.agent_id] = len(self._members)
            self._members.append(agent.agent_id)

    def drop(self, agent_id: str) -> None:
        index = self._index.pop(agent_id, None)
        if index is None:
            return
        moved = self._members.pop()
        if moved != agent_id:
            self._members[index] = moved
            self._index[moved] = index

    def best(self, level: int, last: Spot | None, draws: Draws) -> Candidate | None:  # noqa: ARG002 - needs none
        if not self._members:
            return None
        smallest = 1.0 - (1.0 - draws.random()) ** (1.0 / len(self._members))
        member = self._members[draws.randrange(len(self._members))]
        return (0, level * smallest, 0, member) if self._weighted else (level, smallest, 0, member)
