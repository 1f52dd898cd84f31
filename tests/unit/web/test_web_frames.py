"""Frames that cannot be read, and commands that are refused: the connection stays, and says why."""

import json
from typing import Any

import aiohttp
import msgpack
import pytest

from persistence.errors import StoreUnavailableError
from tests.unit.web.sockets import Raw, program
from tests.unit.web.stand import Stand
from web.protocol import BATCH_SUBPROTOCOL, JSON_SUBPROTOCOL, MSGPACK_SUBPROTOCOL, CloseCode
from web.sessions import now_ms
from web.ws import connection as connections

BOTH = pytest.mark.parametrize("binary", [True, False], ids=["msgpack", "json"])


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


async def test_several_frames_in_one_message_then_each_is_answered_and_a_bad_one_spoils_no_other(stand: Stand) -> None:
    async with Raw(stand, BATCH_SUBPROTOCOL, cookie=await stand.cookie("agent1")) as socket:
        await socket.receive_bytes()
        frames = [{"type": "ping", "nonce": "1"}, {"type": "ping", "surprise": 1}, {"type": "ping", "nonce": "2"}]
        await socket.send_bytes(msgpack.packb(frames))
        answers: list[dict[str, Any]] = []
        while len(answers) < 3:
            answers += msgpack.unpackb(await socket.receive_bytes())
        assert [answer.get("nonce", answer.get("code")) for answer in answers] == ["1", "invalid", "2"]


@pytest.mark.parametrize("payload", [b"", msgpack.packb({"type": "ping"}), b"\x92\x80"], ids=["empty", "map", "short"])
async def test_message_that_is_no_batch_where_batches_were_agreed_then_an_error(stand: Stand, payload: bytes) -> None:
    async with Raw(stand, BATCH_SUBPROTOCOL, cookie=await stand.cookie("agent1")) as socket:
        await socket.receive_bytes()
        await socket.send_bytes(payload)
        (error,) = msgpack.unpackb(await socket.receive_bytes())
        assert error["code"] in {"malformed", "invalid"}
        await socket.send_bytes(msgpack.packb([{"type": "ping"}]))
        assert [frame["type"] for frame in msgpack.unpackb(await socket.receive_bytes())] == ["pong"]


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
