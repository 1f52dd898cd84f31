"""Queues and skills of the demonstration clinic, made through the running gateway as an administrator would.

This is the only place that knows how the administrator's REST is called from here.
"""

import secrets
from types import MappingProxyType

import aiohttp
import msgspec

from scripts.errors import OperatorError
from scripts.house.readiness import local_tls
from scripts.seed import DemoLogins
from web.protocol import Need
from web.resources import AgentSettingsBody, Credentials, QueueSettingsBody

SIGN_IN = "/api/v1/session"
QUEUE = "/api/v1/queues/{queue_id}"
AGENT = "/api/v1/agents/{agent_id}"

ANSWER_WITHIN_S = 10.0

QUEUES = MappingProxyType(
    {
        "appointments": QueueSettingsBody(name="Appointments", needs=(Need("appointments", 1),)),
        "billing": QueueSettingsBody(name="Billing", needs=(Need("billing", 1),), sla_threshold_s=60.0),
        "urgent": QueueSettingsBody(name="Urgent", needs=(Need("triage", 5),), priority=50, sla_threshold_s=10.0),
    }
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
        credentials = Credentials(demo.clinic, administrator.login, administrator.password)
        await _send(session, "POST", SIGN_IN, credentials)
        for queue_id, queue in QUEUES.items():
            await _send(session, "PUT", QUEUE.format(queue_id=queue_id), queue)
        for agent_id, agent in agents().items():
            await _send(session, "PUT", AGENT.format(agent_id=agent_id), agent)


def agents() -> dict[str, AgentSettingsBody]:
    """Every agent serves every queue whose needs they meet."""
    return {agent_id: AgentSettingsBody(served(skills), skills) for agent_id, skills in SKILLS.items()}


def served(skills: dict[str, int]) -> tuple[str, ...]:
    """The queues whose needs these skills meet."""
    return tuple(
        queue_id
        for queue_id, queue in QUEUES.items()
        if all(skills.get(need.skill, 0) >= need.proficiency for need in queue.needs)
    )


async def _send(session: aiohttp.ClientSession, method: str, path: str, body: msgspec.Struct) -> None:
    headers = {"Idempotency-Key": secrets.token_hex(16), "Content-Type": "application/json"}
    async with session.request(method, path, data=msgspec.json.encode(body), headers=headers) as response:
        if response.status >= 400:
            raise OperatorError(f"{method} {path} was refused with status {response.status}.")
