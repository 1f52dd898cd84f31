"""The demonstration clinic's queues and skills, as values."""

import msgspec

from scripts.demo_engine import QUEUES, agents
from scripts.seed import PEOPLE


def test_demonstration_values_then_the_doors_would_take_them() -> None:
    for value in (*QUEUES.values(), *agents().values()):
        assert msgspec.json.decode(msgspec.json.encode(value), type=type(value)) == value


def test_every_agent_who_can_sign_in_then_serves_a_queue_and_every_queue_has_two() -> None:
    assert set(agents()) == {login for login, role, _ in PEOPLE if role == "agent"}
    assert all(agent.queues for agent in agents().values())
    served = [queue for agent in agents().values() for queue in agent.queues]
    assert all(served.count(queue_id) >= 2 for queue_id in QUEUES)
