"""The live picture at the door: a snapshot, then deltas, and a snapshot again after every gap."""

from typing import Any

import msgspec
import pytest

from tests.unit.web.sockets import eventually
from tests.unit.web.stand import BIRCH, Stand
from web import live
from web.client import Connection


def picture(position: int, epoch: str = "1") -> dict[str, Any]:
    return {"type": "live_picture", "epoch": epoch, "position": position, "at_ms": 1, "queues": []}


async def publish(stand: Stand, position: int, epoch: str = "1", tenant_id: str = "ash") -> None:
    delta = {"type": "live_delta", "epoch": epoch, "position": position, "at_ms": position}
    await stand.shared.publish(f"live:{tenant_id}", msgspec.msgpack.encode(delta))


async def watching(stand: Stand, login: str = "supervisor", *, msgpack: bool = True) -> Connection:
    stand.house.pictures.setdefault("ash", picture(5))
    connection = await stand.connect(await stand.client(login), msgpack=msgpack)
    await connection.send({"type": "subscribe_live"})
    return connection


async def shown(connection: Connection) -> tuple[str, str, int]:
    frame = await connection.next_frame("live_snapshot", "live_delta")
    return frame["type"], frame["epoch"], frame["position"]


@pytest.mark.parametrize("binary", [True, False], ids=["msgpack", "json"])
async def test_watching_then_a_snapshot_and_every_delta_once(stand: Stand, binary: bool) -> None:  # noqa: FBT001
    connection = await watching(stand, msgpack=binary)
    snapshot = await connection.next_frame("live_snapshot")
    assert snapshot["picture"] == picture(5)
    for position in (4, 5, 6, 6, 7):
        await publish(stand, position)
    assert [await shown(connection), await shown(connection)] == [("live_delta", "1", 6), ("live_delta", "1", 7)]


async def test_gap_then_a_snapshot_again(stand: Stand) -> None:
    connection = await watching(stand)
    await shown(connection)
    stand.house.pictures["ash"] = picture(9)
    await publish(stand, 8)
    assert await shown(connection) == ("live_snapshot", "1", 9)
    await publish(stand, 10)
    assert await shown(connection) == ("live_delta", "1", 10)


async def test_new_incarnation_then_a_snapshot_and_the_old_one_is_not_heard(stand: Stand) -> None:
    connection = await watching(stand)
    await shown(connection)
    stand.house.pictures["ash"] = picture(1, "2")
    await publish(stand, 1, "2")
    assert await shown(connection) == ("live_snapshot", "2", 1)
    await publish(stand, 6, "1")
    await publish(stand, 2, "2")
    assert await shown(connection) == ("live_delta", "2", 2)


async def test_messages_may_be_lost_then_a_snapshot_again(stand: Stand) -> None:
    connection = await watching(stand)
    await shown(connection)
    stand.shared.reset()
    assert await shown(connection) == ("live_snapshot", "1", 5)


async def test_deltas_while_the_picture_is_on_its_way_then_they_follow_it(
    stand: Stand, monkeypatch: pytest.MonkeyPatch
) -> None:
    read = stand.house.read_live

    async def slowly(tenant_id: str) -> tuple[int, bytes]:
        answer = await read(tenant_id)
        for position in (5, 6, 7):
            await publish(stand, position)
        return answer

    monkeypatch.setattr(stand.house, "read_live", slowly)
    connection = await watching(stand)
    assert [(await shown(connection))[2] for _ in range(3)] == [5, 6, 7]


async def test_supervisor_process_away_then_the_picture_comes_when_it_is_back(
    stand: Stand, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(live, "RETRY_S", 0.01)
    stand.house.available = False
    connection = await watching(stand)
    await connection.send({"type": "ping"})
    await connection.next_frame("pong")
    stand.house.available = True
    assert await shown(connection) == ("live_snapshot", "1", 5)


async def test_many_watch_then_each_sees_it_and_deltas_are_heard_once_per_gateway(stand: Stand) -> None:
    connections = [await watching(stand), await watching(stand, msgpack=False), await watching(stand, "admin")]
    for connection in connections:
        await shown(connection)
    assert stand.shared.listeners("live:ash") == 1
    await publish(stand, 6)
    assert {await shown(connection) for connection in connections} == {("live_delta", "1", 6)}


async def test_nobody_watches_any_more_then_nothing_is_heard(stand: Stand) -> None:
    first, second = await watching(stand), await watching(stand)
    await first.send({"type": "unsubscribe_live"})
    await second.close()
    await eventually(lambda: not stand.shared.listeners("live:ash"))
    assert stand.shared.listeners("live:ash") == 0


async def test_another_clinic_then_none_of_its_deltas(stand: Stand) -> None:
    stand.house.pictures["birch"] = picture(5)
    there = await stand.connect(await stand.client("supervisor", BIRCH))
    await there.send({"type": "subscribe_live"})
    await there.next_frame("live_snapshot")
    here = await watching(stand)
    await shown(here)
    await publish(stand, 6, tenant_id="ash")
    await publish(stand, 6, tenant_id="birch")
    await publish(stand, 7, tenant_id="birch")
    assert await shown(here) == ("live_delta", "1", 6)
    await here.send({"type": "ping"})
    assert (await here.next_frame())["type"] == "pong"


async def test_message_that_is_no_picture_then_it_is_passed_over(stand: Stand) -> None:
    connection = await watching(stand)
    await shown(connection)
    for message in (b"\xc1", b"", msgspec.msgpack.encode([1]), msgspec.msgpack.encode({"epoch": 1})):
        await stand.shared.publish("live:ash", message)
    await publish(stand, 6)
    assert await shown(connection) == ("live_delta", "1", 6)
