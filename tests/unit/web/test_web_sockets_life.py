"""What a websocket keeps alive, how it ends, and what ends with it."""

import asyncio
from typing import Any

import msgpack
import pytest

from tests.unit.web.sockets import Raw, eventually, program, until_closed
from tests.unit.web.stand import Stand
from web import sockets as registry
from web.protocol import MSGPACK_SUBPROTOCOL, CloseCode
from web.sessions import ENDED_CHANNEL
from web.ws import connection as connections
from web.ws.outbound import Limits


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
