"""A gateway over memory, with two clinics and their people, and clients that speak to it."""

import contextlib
from collections.abc import AsyncIterator
from typing import Any

import msgspec
from aiohttp import web
from aiohttp.test_utils import TestServer

from actors.config import Secret
from persistence.accounts import Account, Role
from persistence.memory.accounts import MemoryAccounts
from persistence.memory.notes import MemoryNotes
from persistence.memory.projections import MemoryProjections
from persistence.memory.sessions import MemorySessions
from persistence.memory.tenants import MemoryTenants
from persistence.memory.vault import MemoryVault
from persistence.tenants import Tenant
from tests.unit.web.fake_house import FakeHouse
from tests.unit.web.fake_shared import FakeShared
from web.app import build_app
from web.client import Client, Connection
from web.config import GatewayConfig
from web.passwords import hash_password
from web.services import GATEWAY, Gateway, Services
from web.sessions import COOKIE

PASSWORD = "correct horse battery"
PASSWORD_HASH = hash_password(PASSWORD)
ASH = Tenant.settled("ash", "ash-clinic", "Ash Clinic", "Europe/Paris")
BIRCH = Tenant.settled("birch", "birch-clinic", "Birch Clinic", "America/New_York")
PEOPLE: dict[str, Role] = {
    "admin": "administrator",
    "supervisor": "supervisor",
    "agent1": "agent",
    "agent2": "agent",
}
CONFIG = GatewayConfig(
    app_url=Secret(""),
    journal_url=Secret(""),
    redis_url=Secret(""),
    cluster_secret=Secret("s"),
    vault_key=Secret("11" * 32),
    hash_key=Secret("22" * 32),
)


class Stand:
    """One gateway and its surroundings."""

    def __init__(self, **settings: Any) -> None:
        self.house = FakeHouse()
        self.shared = FakeShared()
        self.tenants = MemoryTenants()
        self.accounts = MemoryAccounts()
        self.sessions = MemorySessions(self.accounts)
        self.projections = MemoryProjections()
        self.vault = MemoryVault()
        self.notes = MemoryNotes(self.vault)
        self.config = msgspec.structs.replace(CONFIG, **settings)
        self.server: TestServer
        self.app: web.Application
        self._stack = contextlib.AsyncExitStack()

    @property
    def gateway(self) -> Gateway:
        return self.app[GATEWAY]

    @property
    def url(self) -> str:
        return str(self.server.make_url("")).rstrip("/")

    async def start(self) -> None:
        for tenant in (ASH, BIRCH):
            await self.tenants.create(tenant)
            for login, role in PEOPLE.items():
                await self.accounts.create(account(tenant, login, role))
        self.app = build_app(
            Services(
                config=self.config,
                house=self.house,
                shared=self.shared,
                tenants=self.tenants,
                accounts=self.accounts,
                sessions=self.sessions,
                projections=self.projections,
                vault=self.vault,
                notes=self.notes,
            )
        )
        self.server = TestServer(self.app)
        await self.server.start_server()
        self._stack.push_async_callback(self.server.close)

    async def stop(self) -> None:
        await self._stack.aclose()

    def stranger(self) -> Client:
        """A client that has not signed in; closed with the stand."""
        client = Client(self.url)
        self._stack.push_async_callback(client.close)
        return client

    async def client(self, login: str, tenant: Tenant = ASH) -> Client:
        """Somebody's client, signed in."""
        client = self.stranger()
        cookie = await self.cookie(login, tenant)
        client.keep_cookie(COOKIE, cookie)
        return client

    async def cookie(self, login: str, tenant: Tenant = ASH) -> str:
        found = await self.accounts.find_by_login(tenant.tenant_id, login)
        assert found is not None
        return await self.gateway.sessions.open(found)

    async def connect(self, client: Client, **options: Any) -> Connection:
        """A websocket that is closed with the stand."""
        connection = await client.connect(**options)
        self._stack.push_async_callback(connection.close)
        return connection

    async def furnish(self, tenant: Tenant = ASH) -> None:
        """A queue with two agents who serve it."""
        admin = await self.client("admin", tenant)
        await admin.put_queue("q1", {"name": "Appointments", "rest_after_decline_s": 0})
        for agent_id in ("agent1", "agent2"):
            await admin.put_agent(agent_id, {"queues": ["q1"]})


def account(tenant: Tenant, login: str, role: Role) -> Account:
    return Account(
        tenant_id=tenant.tenant_id,
        user_id=f"user-{login}",
        login=login,
        password_hash=PASSWORD_HASH,
        role=role,
        agent_id=login if role == "agent" else None,
        display_name=login.title(),
        active=True,
    )


@contextlib.asynccontextmanager
async def standing(**settings: Any) -> AsyncIterator[Stand]:
    """A stand for as long as the block lasts."""
    stand = Stand(**settings)
    await stand.start()
    try:
        yield stand
    finally:
        await stand.stop()
