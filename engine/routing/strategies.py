"""How a queue chooses among free agents who can take a call: the smallest key is offered first.

- longest-idle-agent (FreeSWITCH `longest-idle-agent`, Asterisk `leastrecent`): who has been free for the longest time.
- round-robin (FreeSWITCH `round-robin`, Asterisk `rrmemory`): whose last offer is the longest ago, taken or not.
"""

from engine.agent import Agent
from engine.settings import Strategy


def rank(strategy: Strategy, agent: Agent) -> tuple[int, str]:
    """The sort key of a free agent; the id makes the order total."""
    match strategy:
        case Strategy.LONGEST_IDLE:
            return (agent.idle_since_ms, agent.agent_id)
        case Strategy.ROUND_ROBIN:
            return (agent.last_offered_at_ms, agent.agent_id)
