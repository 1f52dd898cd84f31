"""Websockets: who may open one, what it cannot read, how it ends, and what ends with it."""

import asyncio
import json
from typing import Any

import aiohttp
import msgpack
import pytest

from persistence.errors import StoreUnavailableError
from tests.unit.web.stand import Stand
from web import sockets as registry
from web.client import Client, ClientError, Connection, ConnectionClosedError
from web.protocol import JSON_SUBPROTOCOL, MSGPACK_SUBPROTOCOL, CloseCode
from web.sessions import COOKIE, ENDED_CHANNEL, now_ms
from web.ws import connection as connections
from web.ws import door
from web.ws.outbound import Limits

BOTH = pytest.mark.parametrize("binary", [True, False], ids=["msgpack", "json"])


async def program(stand: Stand, *agent_ids: str, binary: bool = True) -> Connection:
    admin = await stand.client("admin")
    return await stand.connect(admin, ticket=await admin.make_ticket(agent_ids), msgpack=binary)


async def until_closed(connection: Connection) -> tuple[int | None, list[Any]]:
    frames = []
    try:
        async with asyncio.timeout(5):
            async for frame in connection.frames():
                frames.append(frame)  # noqa: PERF401 - the end comes as an exception
    except ConnectionClosedError as closed:
        return closed.code, frames
    raise AssertionError


class Raw:
    """A websocket that can send anything."""

    def __init__(self, stand: Stand, *protocols: str, cookie: str | None = None) -> None:
        self._http = aiohttp.ClientSession(
            cookies={COOKIE: cookie} if cookie is not None else {}, cookie_jar=aiohttp.CookieJar(unsafe=True)
        )
        self._url = f"{stand.url}/api/v1/ws"
        self._protocols = protocols

    async def __aenter__(self) -> aiohttp.ClientWebSocketResponse:
        try:
            return await self._http.ws_connect(self._url, protocols=self._protocols)
        except BaseException:
            await self._http.close()
            raise

    async def __aexit__(self, *_: object) -> None:
        await self._http.close()


# -- coming in -------------------------------------------------------------------------------------


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


# -- what cannot be read ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "code", "field"),
    [
        ("{", "malformed", None),
        ("", "malformed", None),
        ("[]", "invalid", None),
        ("{}", "invalid", "type"),
        ('{"type": "dance"}', "invalid", "type"),
        ('{"type": "ping", "surprise": 1}', "invalid", "surprise"),
        ('{"type": "ping", "nonce": 7}', "invalid", "nonce"),
        ('{"type": "attach_agent", "agent_ids": []}', "invalid", "agent_ids"),
        ('{"type": "attach_agent", "agent_ids": ["a b"]}', "invalid", "agent_ids[0]"),
        ('{"type": "set_presence", "presence": "available"}', "invalid", "command_id"),
        ('{"type": "set_presence", "command_id": "c", "presence": "dancing"}', "invalid", "presence"),
        (
            '{"type": "hold_call", "command_id": "c", "call_id": "x", "expires_in_ms": 30001}',
            "invalid",
            "expires_in_ms",
        ),
    ],
)
async def test_json_that_is_no_frame_then_an_error_and_the_connection_stays(
    stand: Stand, text: str, code: str, field: str | None
) -> None:
    async with Raw(stand, JSON_SUBPROTOCOL, cookie=await stand.cookie("agent1")) as socket:
        await socket.receive_json()
        await socket.send_str(text)
        error = await socket.receive_json()
        assert (error["type"], error["code"], error["field"]) == ("error", code, field)
        await socket.send_str('{"type": "ping", "nonce": "still here"}')
        assert (await socket.receive_json())["nonce"] == "still here"


@pytest.mark.parametrize(
    ("payload", "code"),
    [
        (b"", "malformed"),
        (b"\xc1", "malformed"),
        (b"\x82\xa4type", "malformed"),
        (b"\xa4ping", "invalid"),
        (msgpack.packb({"type": "ping", "surprise": 1}), "invalid"),
        (msgpack.packb({"type": "ping", "nonce": b"bytes"}), "invalid"),
        (msgpack.packb({"type": "ping", "nonce": "\ud800"}, unicode_errors="surrogatepass"), "malformed"),
        (msgpack.packb({1: 2}), "invalid"),
        (msgpack.packb({"type": "ping"}) + b"\x00", "malformed"),
        (b'{"type": "ping"}', "invalid"),
    ],
)
async def test_msgpack_that_is_no_frame_then_an_error_and_the_connection_stays(
    stand: Stand, payload: bytes, code: str
) -> None:
    async with Raw(stand, MSGPACK_SUBPROTOCOL, cookie=await stand.cookie("agent1")) as socket:
        await socket.receive_bytes()
        await socket.send_bytes(payload)
        error = msgpack.unpackb(await socket.receive_bytes())
        assert (error["type"], error["code"]) == ("error", code)
        await socket.send_bytes(msgpack.packb({"type": "ping"}))
        assert msgpack.unpackb(await socket.receive_bytes())["type"] == "pong"


async def test_binary_where_text_was_agreed_then_an_error(stand: Stand) -> None:
    async with Raw(stand, JSON_SUBPROTOCOL, cookie=await stand.cookie("agent1")) as socket:
        await socket.receive_json()
        await socket.send_bytes(b'{"type": "ping"}')
        assert (await socket.receive_json())["code"] == "malformed"


async def test_text_that_is_not_utf8_then_closed_by_the_protocol(stand: Stand) -> None:
    async with Raw(stand, JSON_SUBPROTOCOL, cookie=await stand.cookie("agent1")) as socket:
        await socket.receive_json()
        await socket.send_frame(b"\xff\xfe", aiohttp.WSMsgType.TEXT)
        await socket.receive()
        assert socket.close_code == aiohttp.WSCloseCode.INVALID_TEXT


async def test_frame_larger_than_64_kib_then_closed_with_1009(stand: Stand) -> None:
    async with Raw(stand, JSON_SUBPROTOCOL, cookie=await stand.cookie("agent1")) as socket:
        await socket.receive_json()
        await socket.send_str(json.dumps({"type": "ping", "nonce": "n" * 70_000}))
        await socket.receive()
        assert socket.close_code == aiohttp.WSCloseCode.MESSAGE_TOO_BIG


async def test_garbage_again_and_again_then_closed(stand: Stand) -> None:
    async with Raw(stand, JSON_SUBPROTOCOL, cookie=await stand.cookie("agent1")) as socket:
        for _ in range(connections.GARBAGE_FRAMES_MAX + 1):
            await socket.send_str("{")
        while not socket.closed:
            await socket.receive()
        assert socket.close_code == CloseCode.GARBAGE


# -- commands --------------------------------------------------------------------------------------


@BOTH
async def test_refused_commands_then_their_outcomes_say_why(clinic: Stand, binary: bool) -> None:  # noqa: FBT001
    connection = await program(clinic, "agent1", "ghost", binary=binary)
    for frame, code in (
        ({"type": "enqueue_call", "call_id": "c1", "queue_id": "nowhere"}, "unknown_queue"),
        ({"type": "enqueue_call", "call_id": "c1", "queue_id": "q1", "caller": {"number": "abc"}}, "invalid_number"),
        ({"type": "set_presence", "presence": "away", "agent_id": "ghost"}, "unknown_agent"),
        ({"type": "accept_offer", "offer_id": "c1#1", "agent_id": "agent1"}, "unknown_offer"),
        ({"type": "complete_wrap_up", "call_id": "c1", "agent_id": "agent1"}, "illegal_transition"),
        ({"type": "hold_call", "call_id": "c1", "agent_id": "agent1"}, "unknown_call"),
        ({"type": "hang_up_call", "call_id": "c1", "agent_id": "agent1"}, "unknown_call"),
    ):
        outcome = await connection.command(frame)
        assert (frame["type"], outcome["code"]) == (frame["type"], code)
        assert outcome["message"]


async def test_command_arrives_after_its_time_then_expired(clinic: Stand, monkeypatch: pytest.MonkeyPatch) -> None:
    connection = await program(clinic, "agent1")
    monkeypatch.setattr(connections, "now_ms", lambda: now_ms() - 60_000)
    outcome = await connection.command({"type": "set_presence", "presence": "away", "agent_id": "agent1"})
    assert outcome["code"] == "expired"


async def test_same_command_twice_then_the_same_outcome_and_one_effect(clinic: Stand) -> None:
    connection = await program(clinic)
    frame = {"type": "enqueue_call", "command_id": "k1", "call_id": "c1", "queue_id": "q1"}
    assert (await connection.command(frame))["position"] == 1
    assert (await connection.command(frame))["code"] == "ok"
    assert list(clinic.house.clinic("ash").board.calls) == ["c1"]


async def test_owners_silent_then_outcome_unknown_and_the_connection_stays(clinic: Stand) -> None:
    connection = await program(clinic)
    clinic.house.available = False
    frame = {"type": "enqueue_call", "call_id": "c1", "queue_id": "q1"}
    assert (await connection.command(frame))["code"] == "outcome_unknown"
    clinic.house.available = True
    assert (await connection.command(frame))["code"] == "ok"


async def test_database_down_then_the_outcome_says_so(clinic: Stand, monkeypatch: pytest.MonkeyPatch) -> None:
    async def down(*_: object) -> None:
        raise StoreUnavailableError

    connection = await program(clinic)
    monkeypatch.setattr(clinic.vault, "resolve", down)
    frame = {"type": "enqueue_call", "call_id": "c1", "queue_id": "q1", "caller": {"number": "+4312345678"}}
    assert (await connection.command(frame))["code"] == "store_unavailable"


async def test_too_many_commands_at_once_then_overloaded(clinic: Stand, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connections, "PROGRAM_COMMANDS_IN_FLIGHT_MAX", 0)
    connection = await program(clinic, "agent1")
    outcome = await connection.command({"type": "set_presence", "presence": "away", "agent_id": "agent1"})
    assert outcome["code"] == "overloaded"


# -- what a connection keeps alive ------------------------------------------------------------------


async def test_several_tabs_of_an_agent_then_all_hear_and_the_lease_lasts_while_one_is_open(clinic: Stand) -> None:
    agent = await clinic.client("agent1")
    tabs = [await clinic.connect(agent), await clinic.connect(agent)]
    for tab in tabs:
        await tab.send({"type": "attach_agent", "agent_ids": ["agent1"]})
        assert (await tab.next_frame("agent"))["presence"] == "offline"
    await tabs[0].command({"type": "set_presence", "presence": "available"})
    for tab in tabs:
        assert (await tab.next_frame("agent"))["presence"] == "available"
    key = ("ash", "agent1")
    assert clinic.house.renewed[key] == 2
    await tabs[0].close()
    await eventually(lambda: clinic.house.renewed[key] == 1)
    await tabs[1].close()
    await eventually(lambda: clinic.house.renewed[key] == 0)
    assert clinic.house.watchers(*key) == 0


async def eventually(condition: Any) -> None:
    """Until the server has noticed."""
    async with asyncio.timeout(5):
        while not condition():  # noqa: ASYNC110 - the server under test has no event for this
            await asyncio.sleep(0.005)


async def test_attached_twice_then_heard_once_and_versions_rise(clinic: Stand) -> None:
    connection = await program(clinic, "agent1", "agent2")
    await connection.send({"type": "attach_agent", "agent_ids": ["agent1"]})
    await connection.send({"type": "attach_agent", "agent_ids": ["agent1", "agent2"]})
    first = [await connection.next_frame("agent") for _ in range(2)]
    assert [frame["agent_id"] for frame in first] == ["agent1", "agent2"]
    await connection.command({"type": "set_presence", "presence": "away", "reason": "lunch", "agent_id": "agent1"})
    frame = await connection.next_frame("agent")
    assert (frame["presence"], frame["reason"]) == ("away", "lunch")
    assert frame["version"] > first[0]["version"]


async def test_one_of_several_detached_then_the_others_are_still_heard(clinic: Stand) -> None:
    connection = await program(clinic, "agent1", "agent2")
    await connection.send({"type": "attach_agent", "agent_ids": ["agent1", "agent2"]})
    await connection.send({"type": "detach", "agent_ids": ["agent1"]})
    for agent_id in ("agent1", "agent2"):
        await connection.command({"type": "set_presence", "presence": "away", "agent_id": agent_id})
    await connection.send({"type": "ping"})
    heard = []
    while (frame := await connection.next_frame())["type"] != "pong":
        heard.append((frame["agent_id"], frame["presence"]))
    assert ("agent2", "away") in heard
    assert ("agent1", "away") not in heard
    assert (clinic.house.renewed["ash", "agent1"], clinic.house.renewed["ash", "agent2"]) == (0, 1)


async def test_unknown_agent_attached_then_an_error_names_them(clinic: Stand) -> None:
    connection = await program(clinic, "ghost")
    await connection.send({"type": "attach_agent", "agent_ids": ["ghost"]})
    error = await connection.next_frame("error")
    assert (error["code"], error["about"]) == ("unknown_agent", "ghost")


async def test_leased_caller_then_kept_alive_until_the_call_ends_or_the_connection(clinic: Stand) -> None:
    connection = await program(clinic)
    for call_id in ("c1", "c2"):
        frame = {"type": "enqueue_call", "call_id": call_id, "queue_id": "q1", "leased": True}
        assert (await connection.command(frame))["code"] == "ok"
        assert (await connection.next_frame("call"))["state"] == "waiting"
        assert clinic.house.renewed["ash", call_id] == 1
    await connection.command({"type": "hang_up_call", "call_id": "c1"})
    ended = await connection.next_frame("call")
    while ended["state"] != "ended":
        ended = await connection.next_frame("call")
    assert ended["call_id"] == "c1"
    await eventually(lambda: clinic.house.renewed["ash", "c1"] == 0)
    await connection.close()
    await eventually(lambda: clinic.house.renewed["ash", "c2"] == 0)


async def test_agent_watches_a_call_that_is_not_theirs_then_it_does_not_exist(clinic: Stand) -> None:
    admin = await clinic.client("admin")
    await admin.enqueue("q1", call_id="c1")
    phone = await clinic.connect(await clinic.client("agent1"))
    await phone.send({"type": "watch_call", "call_id": "c1"})
    assert (await phone.next_frame("error"))["code"] == "unknown_call"


# -- the end ---------------------------------------------------------------------------------------


async def test_session_ended_then_its_websockets_close(stand: Stand) -> None:
    client = await stand.client("agent1")
    tab, bystander = await stand.connect(client), await stand.connect(await stand.client("agent2"))
    await client.sign_out()
    code, frames = await until_closed(tab)
    assert (code, frames[-1]["type"]) == (CloseCode.NOT_SIGNED_IN, "closing")
    await bystander.send({"type": "ping"})
    assert await bystander.next_frame("pong")


async def test_session_ended_elsewhere_then_its_websockets_close_even_if_the_message_is_lost(
    stand: Stand, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(registry, "CHECK_SESSIONS_S", 0.01)
    tab = await stand.connect(await stand.client("agent1"))
    checking = asyncio.ensure_future(stand.gateway.sockets.check_sessions())
    (key,) = stand.sessions.rows
    await stand.sessions.revoke(*key)
    assert (await until_closed(tab))[0] == CloseCode.NOT_SIGNED_IN
    checking.cancel()


async def test_message_that_a_session_ended_then_its_websockets_close(stand: Stand) -> None:
    tab = await stand.connect(await stand.client("agent1"))
    (key,) = stand.sessions.rows
    await stand.shared.publish(ENDED_CHANNEL, key[1])
    assert (await until_closed(tab))[0] == CloseCode.NOT_SIGNED_IN


async def test_gateway_stops_then_everyone_is_told_when_to_come_back(clinic: Stand) -> None:
    tabs = [await clinic.connect(await clinic.client(login)) for login in ("agent1", "supervisor")]
    tabs.append(await program(clinic, "agent2"))
    stopping = asyncio.ensure_future(clinic.gateway.sockets.drain())
    for tab in tabs:
        code, frames = await until_closed(tab)
        assert code == CloseCode.RESTART
        assert 0 <= frames[-1]["retry_after_ms"] < registry.COME_BACK_MS_MAX
    await stopping


async def test_slow_client_then_cut_off_with_a_code_and_others_are_not_held_up(
    clinic: Stand, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connections, "PROGRAM_LIMITS", Limits(frames_max=10_000, bytes_max=200_000))
    admin = await clinic.client("admin")
    other = await clinic.connect(await clinic.client("agent1"))
    ticket = await admin.make_ticket(["agent2"])
    async with Raw(clinic, MSGPACK_SUBPROTOCOL) as slow:
        await slow.send_bytes(msgpack.packb({"type": "hello", "ticket": ticket}))
        await slow.receive()
        transport: Any = slow._conn.transport if slow._conn is not None else None
        transport.pause_reading()
        ping = msgpack.packb({"type": "ping", "nonce": "n" * 64})
        with_room = clinic.gateway.metrics.sockets_closed.labels(str(CloseCode.TOO_SLOW))
        async with asyncio.timeout(20):
            while not with_room._value.get():
                for _ in range(500):
                    await slow.send_bytes(ping)
                await other.send({"type": "ping"})
                await other.next_frame("pong")
        transport.resume_reading()
        while not slow.closed:
            await slow.receive()
        assert slow.close_code == CloseCode.TOO_SLOW
