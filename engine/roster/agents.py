"""What is true of one tenant's agents: what whoever follows their owner keeps as well.

The owner's own state, `Roster`, is this and what the owner owes besides. Both evolve by the same code, so that a
replica cannot disagree with its original.
"""

from typing import cast

from engine import agent as agents
from engine import events as e
from engine.agent import Agent


class Agents:
    """Agents with all they are engaged in. Mutable inside, changed only by `evolve`."""

    def __init__(self, tenant_id: str) -> None:
        self.tenant_id = tenant_id
        self.position = 0
        self.agents: dict[str, Agent] = {}

    def evolve(self, fact: e.Fact, position: int) -> None:
        """Apply one event. Never fails for an event that was decided on this state."""
        self.position = position
        match fact.event:
            case e.AgentConfigured(settings=settings):
                known = self.agents.get(settings.agent_id)
                self.agents[settings.agent_id] = agents.configured(known, settings, fact.at_ms, position)
            case e.CommandRefused():
                pass
            case other:
                event = cast("e.PresentAgentEvent", other)
                self._change(self.agents[event.agent_id], event, fact.at_ms, position)

    def _change(self, before: Agent, event: e.PresentAgentEvent, at_ms: int, position: int) -> Agent:
        """The agent after the event."""
        after = agents.evolve(before, event, at_ms, position)
        self.agents[after.agent_id] = after
        return after
