"""What a simulated tenant looks like: its queues and agents, drawn from the seed, and how they change."""

from random import Random

from engine.settings import AgentSettings, QueueSettings, Strategy, Tier
from engine.skills import SkillNeed

QUEUES_MAX = 3
AGENTS_MAX = 5


class Clinic:
    """Queues and agents of one tenant, as they were set up. The first agent can take every call, whatever changes."""

    def __init__(self, tenant_id: str, rng: Random, *, agents_max: int = AGENTS_MAX) -> None:
        queues = [_draw_queue(f"{tenant_id}-q{index}", rng) for index in range(rng.randint(1, QUEUES_MAX))]
        queue_ids = tuple(queue.queue_id for queue in queues)
        agents = [
            _draw_agent(f"{tenant_id}-a{index}", queue_ids, rng, expert=index == 0)
            for index in range(rng.randint(1, AGENTS_MAX))
        ]
        self.queues = queues
        self.agents = agents[:agents_max]

    def changed_queue(self, rng: Random) -> QueueSettings:
        """Other settings for one of the queues."""
        return _draw_queue(rng.choice(self.queues).queue_id, rng)

    def changed_agent(self, rng: Random) -> AgentSettings:
        """Other settings for one of the agents."""
        index = rng.randrange(len(self.agents))
        known = self.agents[index]
        queue_ids = known.queues if index == 0 else known.queues[: rng.randint(1, len(known.queues))]
        return _draw_agent(known.agent_id, queue_ids, rng, expert=index == 0)


def _draw_queue(queue_id: str, rng: Random) -> QueueSettings:
    return QueueSettings(
        queue_id=queue_id,
        name=f"Queue {queue_id}",
        strategy=rng.choice(list(Strategy)),
        needs=(SkillNeed("spanish", 3),) if rng.random() < 0.3 else (),
        priority=rng.choice([0, 0, 10]),
        priority_credit_s=0.1 if rng.random() < 0.3 else None,
        offer_timeout_s=rng.choice([2.0, 5.0]),
        wrap_up_s=rng.choice([0.5, 2.0]),
        disposition_required=rng.random() < 0.3,
        length_max=rng.choice([3, 5_000, 5_000]),
        rona_away_after=rng.choice([1, 3]),
        rest_after_decline_s=rng.choice([0.0, 1.0]),
    )


def _draw_agent(agent_id: str, queue_ids: tuple[str, ...], rng: Random, *, expert: bool) -> AgentSettings:
    return AgentSettings(
        agent_id=agent_id,
        queues=queue_ids,
        skills={"spanish": 9 if expert else rng.randint(1, 9)},
        capacity=rng.choice([1, 1, 1, 2]),
        tiers={queue_id: Tier(rng.randint(1, 2), rng.randint(1, 3)) for queue_id in queue_ids if rng.random() < 0.6},
    )
