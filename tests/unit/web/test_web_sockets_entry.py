"""Who may open a websocket, and how they say who they are."""

import asyncio

import aiohttp
import msgpack
import pytest

from tests.unit.web.sockets import Raw
from tests.unit.web.stand import Stand
from web import sockets as registry
from web.client import Client, ClientError, Connection, ConnectionClosedError
from web.protocol import JSON_SUBPROTOCOL, MSGPACK_SUBPROTOCOL, CloseCode
from web.ws import door

BOTH = pytest.mark.parametrize("binary", [True, False], ids=["msgpack", "json"])


@BOTH
async def test_session_then_welcome_in_the_encoding_that_was_asked_for(stand: Stand, binary: bool) -> None:  # noqa: FBT001
    connection = await stand.connect(await stand.client("agent1"), msgpack=binary)
    assert connection.welcome["user"]["agent_ids"] == ["agent1"]
    assert connection.welcome["protocol"] == 1
    await connection.send({"type": "ping", "nonce": "n1"})
    assert (await connection.next_frame("pong"))["nonce"] == "n1"


async def test_no_subprotocol_then_json(stand: Stand) -> None:
    async with Raw(stand, cookie=await stand.cookie("agent1")) as socket:
        assert (await socket.receive_json())["type"] == "welcome"
        assert socket.protocol is None


async def test_only_unknown_subprotocols_then_400(stand: Stand) -> None:
    with pytest.raises(aiohttp.WSServerHandshakeError) as caught:
        async with Raw(stand, "strowger.v9.json"):
            pass
    assert caught.value.status == 400


async def test_plain_request_then_426(stand: Stand) -> None:
    with pytest.raises(ClientError, match="not_a_websocket") as caught:
        await (await stand.client("agent1")).request("GET", "/ws")
    assert caught.value.status == 426


async def test_cookie_of_an_ended_session_then_closed_with_a_code_that_says_so(stand: Stand) -> None:
    async with Raw(stand, JSON_SUBPROTOCOL, cookie="ash.gone") as socket:
        closing = await socket.receive_json()
        assert (closing["type"], closing["code"]) == ("closing", CloseCode.NOT_SIGNED_IN)
        await socket.receive()
        assert socket.close_code == CloseCode.NOT_SIGNED_IN


async def test_ticket_then_welcome_once_and_never_again(clinic: Stand) -> None:
    admin = await clinic.client("admin")
    ticket = await admin.make_ticket(["agent1", "agent2"])
    assert not any(ticket.encode() in value or ticket in key for key, value in clinic.shared.values.items())
    first = await clinic.connect(admin, ticket=ticket)
    assert first.welcome["user"]["agent_ids"] == ["agent1", "agent2"]
    assert first.welcome["user"]["role"] == "integration"
    with pytest.raises(ConnectionClosedError) as caught:
        await admin.connect(ticket=ticket)
    assert caught.value.code == CloseCode.NOT_SIGNED_IN


@pytest.mark.parametrize("first", ['{"type": "ping"}', '{"type": "hello"}', "{", '{"type": "hello", "ticket": ""}'])
async def test_first_frame_is_no_hello_then_closed(stand: Stand, first: str) -> None:
    async with Raw(stand, JSON_SUBPROTOCOL) as socket:
        await socket.send_str(first)
        while not socket.closed:
            await socket.receive()
        assert socket.close_code == CloseCode.NOT_SIGNED_IN


async def test_nothing_said_in_time_then_closed(stand: Stand, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(door, "HELLO_WITHIN_S", 0.01)
    async with Raw(stand, MSGPACK_SUBPROTOCOL) as socket:
        closing = msgpack.unpackb(await socket.receive_bytes())
        assert closing["code"] == CloseCode.HELLO_LATE
        await socket.receive()
        assert socket.close_code == CloseCode.HELLO_LATE


async def test_too_many_have_not_said_who_they_are_then_503(stand: Stand, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(door, "HELLOS_AWAITED_MAX", 1)
    async with Raw(stand) as silent:
        with pytest.raises(aiohttp.WSServerHandshakeError) as caught:
            async with Raw(stand):
                pass
        assert not silent.closed
    assert caught.value.status == 503


async def test_hello_after_the_welcome_then_an_error_and_the_connection_stays(stand: Stand) -> None:
    connection = await stand.connect(await stand.client("agent1"))
    await connection.send({"type": "hello", "ticket": "x"})
    assert (await connection.next_frame("error"))["code"] == "already_signed_in"
    await connection.send({"type": "ping"})
    assert await connection.next_frame("pong")


async def test_shared_store_away_then_tickets_are_refused_and_sessions_still_come_in(stand: Stand) -> None:
    admin = await stand.client("admin")
    ticket = await admin.make_ticket()
    stand.shared.available = False
    with pytest.raises(ClientError, match="store_unavailable"):
        await admin.make_ticket()
    with pytest.raises(ConnectionClosedError):
        await admin.connect(ticket=ticket)
    assert (await stand.connect(admin)).welcome["user"]["role"] == "administrator"


async def test_too_many_connections_of_one_user_then_the_next_is_turned_away(
    stand: Stand, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(registry, "PER_USER_MAX", 2)
    agent = await stand.client("agent1")
    first = await stand.connect(agent)
    await stand.connect(agent)
    with pytest.raises(ConnectionClosedError) as caught:
        await agent.connect()
    assert caught.value.code == CloseCode.TOO_MANY
    await first.close()
    await asyncio.sleep(0)
    assert (await reconnected(stand, agent)).welcome


async def reconnected(stand: Stand, client: Client) -> Connection:
    """A connection, as soon as the server has noticed that another has gone."""
    async with asyncio.timeout(5):
        while True:
            try:
                return await stand.connect(client)
            except ConnectionClosedError:
                await asyncio.sleep(0.01)
