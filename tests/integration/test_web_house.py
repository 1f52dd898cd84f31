"""The whole house in one process: Postgres, Valkey, four shards, two gateways, and people at the doors."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from typing import Any

import pytest
from aiohttp.test_utils import unused_port

from actors.config import Secret, ShardConfig
from actors.process import ShardProcess
from persistence.accounts import Account, Role
from persistence.journal import Kind
from persistence.postgres.accounts import PostgresAccounts
from persistence.postgres.pool import open_pool
from persistence.postgres.tenants import PostgresTenants
from persistence.tenants import Tenant
from scripts.embedded.postgres import DatabaseUrls
from web.client import Client, ClientError, Connection, ConnectionClosedError
from web.config import GatewayConfig
from web.gateway import serve
from web.passwords import hash_password
from web.protocol import CloseCode

pytestmark = pytest.mark.integration

PASSWORD = "correct horse battery"
CLUSTER_SECRET = Secret("s" * 64)
PEOPLE: tuple[tuple[str, Role], ...] = (
    ("admin", "administrator"),
    ("supervisor", "supervisor"),
    ("agent1", "agent"),
)


class House:
    """Two gateways over one set of shards."""

    def __init__(self, database: DatabaseUrls, redis_url: str) -> None:
        self._database, self._redis_url = database, redis_url
        self._stack = contextlib.AsyncExitStack()
        self.gateways: list[asyncio.Task[None]] = []
        self.urls: list[str] = []

    async def start(self) -> None:
        await self._people()
        config = ShardConfig(
            journal_url=Secret(self._database.journal_url),
            app_url=Secret(self._database.app_url),
            redis_url=Secret(self._redis_url),
            cluster_secret=CLUSTER_SECRET,
        )
        for kind in Kind:
            self._run(ShardProcess(kind, 0, 1, config).run())
        for _ in range(2):
            await self._gateway()

    async def stop(self) -> None:
        await self._stack.aclose()

    def stranger(self, *, gateway: int) -> Client:
        client = Client(self.urls[gateway])
        self._stack.push_async_callback(client.close)
        return client

    async def client(self, login: str, *, gateway: int = 0) -> Client:
        client = self.stranger(gateway=gateway)
        await client.sign_in("ash-clinic", login, PASSWORD)
        return client

    async def connect(self, client: Client, **options: Any) -> Connection:
        connection = await client.connect(**options)
        self._stack.push_async_callback(connection.close)
        return connection

    async def _people(self) -> None:
        pool = await open_pool(self._database.app_url, connections_max=1)
        try:
            await PostgresTenants(pool).create(Tenant.settled("ash", "ash-clinic", "Ash Clinic", "Europe/Paris"))
            password_hash = hash_password(PASSWORD)
            for login, role in PEOPLE:
                agent_id = login if role == "agent" else None
                await PostgresAccounts(pool).create(
                    Account("ash", f"user-{login}", login, password_hash, role, agent_id, login.title(), active=True)
                )
        finally:
            await pool.close()

    async def _gateway(self) -> None:
        port, up = unused_port(), asyncio.Event()
        url = f"http://127.0.0.1:{port}"
        config = GatewayConfig(
            app_url=Secret(self._database.app_url),
            journal_url=Secret(self._database.journal_url),
            redis_url=Secret(self._redis_url),
            cluster_secret=CLUSTER_SECRET,
            vault_key=Secret("11" * 32),
            hash_key=Secret("22" * 32),
            port=port,
            public_url=url,
        )
        self.gateways.append(self._run(serve(config, ready=up.set)))
        await up.wait()
        self.urls.append(url)
        async with Client(url) as client, asyncio.timeout(20):
            while not (await client.readiness())["ready"]:  # noqa: ASYNC110 - asked from outside
                await asyncio.sleep(0.05)

    def _run(self, work: Any) -> asyncio.Task[None]:
        task: asyncio.Task[None] = asyncio.ensure_future(work)
        self._stack.push_async_callback(_cancelled, task)
        return task


async def _cancelled(task: asyncio.Task[None]) -> None:
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


@pytest.fixture
async def house(database: DatabaseUrls, redis_url: str) -> AsyncIterator[House]:
    house = House(database, redis_url)
    try:
        await house.start()
        yield house
    finally:
        await house.stop()


async def agent_until(connection: Connection, presence: str) -> Any:
    while (frame := await connection.next_frame("agent"))["presence"] != presence:
        pass
    return frame


async def test_call_enters_at_one_gateway_then_it_is_answered_at_the_other(house: House) -> None:
    admin, supervisor = await house.client("admin"), await house.client("supervisor", gateway=1)
    await admin.put_queue("q1", {"name": "Appointments", "wrap_up_s": 0})
    await admin.put_agent("agent1", {"queues": ["q1"]})
    wall = await house.connect(supervisor, msgpack=False)
    await wall.send({"type": "subscribe_live"})
    assert (await wall.next_frame("live_snapshot"))["picture"]["calls"] == []
    phone = await house.connect(await house.client("agent1", gateway=1))
    await phone.send({"type": "attach_agent", "agent_ids": ["agent1"]})
    assert (await phone.command({"type": "set_presence", "presence": "available"}))["code"] == "ok"

    call = await admin.enqueue("q1", caller={"number": "+43 1 2345678", "name": "Maria Petrova"})
    ringing = await agent_until(phone, "offered")
    assert ringing["engagements"][0]["call_id"] == call["call_id"]
    assert (await phone.next_frame("caller"))["name"] == "Maria Petrova"
    offer_id = ringing["engagements"][0]["offer_id"]
    assert (await phone.command({"type": "accept_offer", "offer_id": offer_id}))["code"] == "ok"
    await agent_until(phone, "on_call")
    assert (await supervisor.call(call["call_id"]))["caller"]["name"] == "Maria Petrova"
    assert (await phone.command({"type": "hang_up_call", "call_id": call["call_id"]}))["code"] == "ok"
    await agent_until(phone, "available")

    async with asyncio.timeout(10):
        while not (records := (await supervisor.call_records())["call_records"]):  # noqa: ASYNC110
            await asyncio.sleep(0.05)
    assert (records[0]["call_id"], records[0]["caller"]["number"]) == (call["call_id"], "+4312345678")
    positions = [(await wall.next_frame("live_delta"))["position"] for _ in range(3)]
    assert positions == list(range(positions[0], positions[0] + 3))


async def test_signed_out_at_one_gateway_then_its_websocket_at_the_other_closes(house: House) -> None:
    admin = await house.client("admin")
    elsewhere = house.stranger(gateway=1)
    elsewhere.adopt(admin)
    tab = await house.connect(elsewhere)
    await admin.sign_out()
    assert (await tab.next_frame())["type"] == "closing"
    with pytest.raises(ConnectionClosedError) as caught:
        await tab.next_frame()
    assert caught.value.code == CloseCode.NOT_SIGNED_IN
    with pytest.raises(ClientError, match="not_signed_in"):
        await elsewhere.session()


async def test_ticket_of_one_gateway_then_the_other_takes_it_once(house: House) -> None:
    admin, other = await house.client("admin"), await house.client("admin", gateway=1)
    ticket = await admin.make_ticket(["agent1"])
    program = await house.connect(other, ticket=ticket)
    assert program.welcome["user"]["agent_ids"] == ["agent1"]
    with pytest.raises(ConnectionClosedError):
        await admin.connect(ticket=ticket)


async def test_gateway_stops_then_its_websockets_are_told_and_the_other_serves_on(house: House) -> None:
    stopped = await house.connect(await house.client("admin"))
    staying = await house.connect(await house.client("admin", gateway=1))
    house.gateways[0].cancel()
    closing = await stopped.next_frame("closing")
    assert closing["code"] == CloseCode.RESTART
    await asyncio.gather(house.gateways[0], return_exceptions=True)
    await staying.send({"type": "ping"})
    assert await staying.next_frame("pong")


async def test_failed_sign_ins_then_counted_for_both_gateways_together(house: House) -> None:
    clients = [house.stranger(gateway=0), house.stranger(gateway=1)]
    codes = []
    for attempt in range(11):
        with pytest.raises(ClientError) as caught:
            await clients[attempt % 2].sign_in("ash-clinic", "agent1", "wrong")
        codes.append(caught.value.code)
    assert codes == ["wrong_credentials"] * 10 + ["rate_limited"]
