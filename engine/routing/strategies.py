"""How a queue chooses among the free agents who can take a call: each strategy by its field name, with its source.

Whatever the strategy, a lower *level* of the queue's tiers comes first (FreeSWITCH `mod_callcenter` tiers, Asterisk
penalties); `wrandom` alone makes a weight of it. Within a level:

- `longest-idle-agent`: who has been free for the longest time (FreeSWITCH).
- `leastrecent`: whose last conversation ended the longest ago (Asterisk `app_queue`).
- `fewestcalls`, `agent-with-fewest-calls`: who has answered the fewest calls since they signed on (Asterisk,
  FreeSWITCH). Asterisk counts for each queue; here every call counts, so that nobody works for two.
- `agent-with-least-talk-time`: who has talked least since they signed on (FreeSWITCH).
- `top-down`, `linear`, `sequentially-by-agent-order`: the first by position, each time from the top (FreeSWITCH,
  Asterisk, FreeSWITCH).
- `round-robin`, `rrmemory`, `rrordered`: the next by position after whoever was offered the queue's last call, taken or
  not (FreeSWITCH, Asterisk, Asterisk).
- `random`: anyone, each as likely (Asterisk).
- `wrandom`: anyone; each draws a number up to their level, the smallest wins (Asterisk; its penalties begin at 0).

Sources: FreeSWITCH documentation of `mod_callcenter`, "strategy"; Asterisk `queues.conf.sample`, "strategy".
"""

from collections.abc import Callable

from engine.agent import Agent
from engine.routing.seats import Circle, Lots, Ranked, Seats
from engine.settings import Strategy

RANKS: dict[Strategy, Callable[[Agent], int]] = {
    Strategy.LONGEST_IDLE: lambda agent: agent.idle_since_ms,
    Strategy.LEAST_RECENT: lambda agent: agent.conversation_ended_at_ms,
    Strategy.FEWEST_CALLS: lambda agent: agent.answered,
    Strategy.AGENT_WITH_FEWEST_CALLS: lambda agent: agent.answered,
    Strategy.LEAST_TALK_TIME: lambda agent: agent.talk_ms,
}
"""Strategies that go by one number of the agent, the smallest first."""

BY_POSITION = frozenset({Strategy.TOP_DOWN, Strategy.LINEAR, Strategy.BY_AGENT_ORDER})
ROUND = frozenset({Strategy.ROUND_ROBIN, Strategy.RR_MEMORY, Strategy.RR_ORDERED})


def seats_key(strategy: Strategy, queue_id: str) -> str:
    """Queues with the same key can share one order of the same agents."""
    return strategy.value if strategy not in BY_POSITION | ROUND else f"{strategy.value}/{queue_id}"


def seats_for(strategy: Strategy, queue_id: str) -> Seats:
    """An empty order of free agents by this strategy."""
    if strategy in RANKS:
        return Ranked(RANKS[strategy])
    if strategy in BY_POSITION:
        return Ranked(lambda agent: agent.settings.tier(queue_id).position)
    if strategy in ROUND:
        return Circle(lambda agent: agent.settings.tier(queue_id).position)
    return Lots(weighted=strategy is Strategy.WEIGHTED_RANDOM)
