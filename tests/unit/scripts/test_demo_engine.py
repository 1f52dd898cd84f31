"""The demonstration clinic's queues and skills, as values."""

from scripts.demo_engine import QUEUES, agents
from scripts.seed import PEOPLE


def test_demonstration_values_then_the_engine_would_take_them() -> None:
    assert [queue.fault() for queue in QUEUES] == [None] * 3
    assert [agent.fault() for agent in agents()] == [None] * 4


def test_every_agent_who_can_sign_in_then_serves_a_queue_and_every_queue_has_two() -> None:
    assert {agent.agent_id for agent in agents()} == {login for login, role, _ in PEOPLE if role == "agent"}
    assert all(agent.queues for agent in agents())
    served = [queue for agent in agents() for queue in agent.queues]
    assert all(served.count(queue.queue_id) >= 2 for queue in QUEUES)
