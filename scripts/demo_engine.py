"""Queues and skills of the demonstration clinic, made through the running gateway as an administrator would.

This is the only place that knows how the administrator's REST is called from here.
"""

import secrets
from types import MappingProxyType
from typing import Any

import aiohttp
import msgspec

from engine.settings import AgentSettings, QueueSettings
from engine.skills import SkillNeed
from scripts.errors import OperatorError
from scripts.house.readiness import local_tls
from scripts.seed import DemoLogins

SIGN_IN = "/api/v1/session"
QUEUE = "/api/v1/queues/{queue_id}"
AGENT = "/api/v1/agents/{agent_id}"

ANSWER_WITHIN_S = 10.0

QUEUES = (
    QueueSettings(queue_id="appointments", name="Appointments", needs=(SkillNeed("appointments", 1),)),
    QueueSettings(queue_id="billing", name="Billing", needs=(SkillNeed("billing", 1),), sla_threshold_s=60.0),
    QueueSettings(queue_id="urgent", name="Urgent", needs=(SkillNeed("triage", 5),), priority=50, sla_threshold_s=10.0),
)
SKILLS = MappingProxyType(
    {
        "agent1": {"appointments": 8, "billing": 4, "triage": 9},
        "agent2": {"appointments": 9, "billing": 2},
        "agent3": {"billing": 9, "appointments": 5},
        "agent4": {"appointments": 6, "triage": 6},
    }
)
"""What each agent of the clinic can do, from 1 to 10."""


async def configure_demo_engine(address: str, demo: DemoLogins) -> None:
    """Make the queues and give the agents their skills. Safe to repeat. Raises `OperatorError` if the gateway
    refuses.
    """
    administrator = demo.of_role("administrator")[0]
    timeout = aiohttp.ClientTimeout(total=ANSWER_WITHIN_S)
    jar = aiohttp.CookieJar(unsafe=True)  # cookies of an address without a name
    connector = aiohttp.TCPConnector(ssl=local_tls(address))
    async with aiohttp.ClientSession(address, timeout=timeout, cookie_jar=jar, connector=connector) as session:
        credentials = {"clinic": demo.clinic, "login": administrator.login, "password": administrator.password}
        await _send(session, "POST", SIGN_IN, credentials)
        for queue in QUEUES:
            await _send(session, "PUT", QUEUE.format(queue_id=queue.queue_id), msgspec.to_builtins(queue))
        for agent in agents():
            await _send(session, "PUT", AGENT.format(agent_id=agent.agent_id), msgspec.to_builtins(agent))


def agents() -> list[AgentSettings]:
    """Every agent serves every queue whose needs they meet."""
    return [AgentSettings(agent_id, _served(skills), dict(skills)) for agent_id, skills in SKILLS.items()]


def _served(skills: dict[str, int]) -> tuple[str, ...]:
    return tuple(
        queue.queue_id for queue in QUEUES if all(skills.get(need.skill, 0) >= need.proficiency for need in queue.needs)
    )


async def _send(session: aiohttp.ClientSession, method: str, path: str, body: Any) -> None:
    headers = {"Idempotency-Key": secrets.token_hex(16)}
    async with session.request(method, path, json=body, headers=headers) as response:
        if response.status >= 400:
            raise OperatorError(f"{method} {path} was refused with status {response.status}.")
