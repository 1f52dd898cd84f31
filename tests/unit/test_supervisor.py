"""The supervisor: every fact once, deltas that add up, one publisher. In virtual time."""

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from itertools import pairwise
from typing import Any

from actors.simulation.loop import run_virtual
from actors.simulation.peers import SimulatedClock
from actors.supervisor import HEARTBEAT_MS, Supervisor
from actors.wire import NotOwner, ReadLive
from engine.livepicture import LivePicture, apply, follows
from persistence.errors import CommitUnknownError, StoreUnavailableError
from persistence.journal import Claim, Entry, Kind, partition_of
from persistence.memory.journal import MemoryJournal
from tests.unit.followed import NUMBER, TENANT, Channel, Owners, Reader

Test = Callable[["Scene"], Coroutine[Any, Any, None]]


class Scene:
    """A supervisor with its owners, a channel and somebody who reads."""

    def __init__(self) -> None:
        self.owners = Owners()
        self.channel = Channel()
        self.supervisor: Supervisor

    @asynccontextmanager
    async def supervised(self, *, save_every_facts: int = 5_000, heartbeats: bool = True) -> AsyncIterator[None]:
        supervisor = self.supervisor = Supervisor(
            [NUMBER],
            journal=self.owners.store,
            clock=SimulatedClock(),
            peers=self.owners,
            publish=self.channel.publish,
            address=f"supervisor#{len(self.owners.store.head_of)}",
            save_every_facts=save_every_facts,
        )
        self.owners.hears = supervisor.receive
        tasks = [asyncio.create_task(supervisor.run()), asyncio.create_task(self._beat(heartbeats=heartbeats))]
        try:
            await asyncio.sleep(0.6)
            yield
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    def read(self) -> Reader:
        reader = Reader()
        self.supervisor.receive_from(reader, ReadLive(TENANT, "r-1"))
        return reader

    async def picture(self) -> LivePicture:
        reader = self.read()
        await asyncio.sleep(0.3)
        return reader.picture()

    async def _beat(self, *, heartbeats: bool) -> None:
        while heartbeats:
            await asyncio.sleep(1.0)
            self.owners.heartbeat()


def play(test: Test) -> None:
    async def begin() -> None:
        scene = Scene()
        await scene.owners.begin()
        await test(scene)

    run_virtual(begin())


def calls(picture: LivePicture) -> list[str]:
    return [call.call_id for call in picture.calls]


def test_facts_before_the_start_then_they_are_in_the_picture() -> None:
    async def test(scene: Scene) -> None:
        await scene.owners.arrive("k1", tell=False)
        async with scene.supervised():
            picture = await scene.picture()
            assert scene.supervisor.ready
            assert (picture.epoch, calls(picture), picture.queues[0].waiting) == ("1", ["k1"], 1)

    play(test)


def test_facts_arrive_then_deltas_lead_from_the_snapshot_to_the_next_one() -> None:
    async def test(scene: Scene) -> None:
        async with scene.supervised():
            picture = await scene.picture()
            heard = len(scene.channel.deltas)
            for number in range(20):
                await scene.owners.arrive(f"k{number}")
                await asyncio.sleep(0.02)
            await scene.owners.leave("k3")
            await asyncio.sleep(0.2)
            for delta in scene.channel.deltas[heard:]:
                assert follows(picture, delta)
                picture = apply(picture, delta)
            assert picture == await scene.picture()
            assert len(picture.calls) == 19

    play(test)


def test_changes_close_together_then_one_delta_for_all_after_a_pause() -> None:
    async def test(scene: Scene) -> None:
        async with scene.supervised():
            heard = len(scene.channel.deltas)
            for number in range(50):
                await scene.owners.arrive(f"k{number}")
                await asyncio.sleep(0.002)
            await asyncio.sleep(0.2)
            deltas = scene.channel.deltas[heard:]
            assert sum(len(delta.calls) for delta in deltas) == 50
            assert len(deltas) <= 4
            pauses = [later.at_ms - earlier.at_ms for earlier, later in pairwise(deltas)]
            assert min(pauses) >= 50

    play(test)


def test_feed_misses_facts_then_they_are_read_from_the_journal() -> None:
    async def test(scene: Scene) -> None:
        async with scene.supervised():
            await scene.owners.arrive("k1", tell=False)
            await scene.owners.arrive("k2")
            await asyncio.sleep(0.1)
            assert calls(await scene.picture()) == ["k1", "k2"]

    play(test)


def test_feed_falls_silent_then_the_journal_still_moves_the_picture() -> None:
    async def test(scene: Scene) -> None:
        async with scene.supervised(heartbeats=False):
            scene.owners.deaf = True
            await scene.owners.arrive("k1", tell=False)
            await asyncio.sleep(3)
            assert calls(await scene.picture()) == ["k1"]

    play(test)


def test_link_is_lost_then_the_owner_is_asked_again_from_where_we_stand() -> None:
    async def test(scene: Scene) -> None:
        async with scene.supervised():
            await scene.owners.arrive("k1")
            await asyncio.sleep(0.1)
            before = len(scene.owners.asked)
            scene.supervisor.link_lost(Kind.QUEUE)
            await asyncio.sleep(1)
            kind, asked = scene.owners.asked[before]
            assert (kind, asked.journal) == (Kind.QUEUE, True)
            assert asked.after == scene.owners.store.head_of[Kind.QUEUE, NUMBER].position

    play(test)


def test_nothing_happens_then_a_heartbeat_now_and_then() -> None:
    async def test(scene: Scene) -> None:
        async with scene.supervised():
            await asyncio.sleep(3 * HEARTBEAT_MS / 1_000)
            deltas = scene.channel.deltas
            assert len(deltas) == 4
            assert [delta.position for delta in deltas] == [2, 3, 4, 5]
            assert all(not delta.calls and not delta.queues for delta in deltas)

    play(test)


def test_owners_are_not_heard_then_no_heartbeat_hides_it() -> None:
    async def test(scene: Scene) -> None:
        async with scene.supervised(heartbeats=False):
            scene.owners.deaf = True
            await asyncio.sleep(4)
            heard = len(scene.channel.deltas)
            await asyncio.sleep(3 * HEARTBEAT_MS / 1_000)
            assert len(scene.channel.deltas) == heard

    play(test)


def test_publishing_fails_then_it_goes_on_and_readers_see_the_gap() -> None:
    async def test(scene: Scene) -> None:
        async with scene.supervised():
            picture = await scene.picture()
            scene.channel.refuses = True
            await scene.owners.arrive("k1")
            await asyncio.sleep(0.2)
            scene.channel.refuses = False
            await scene.owners.arrive("k2")
            await asyncio.sleep(0.2)
            assert not follows(picture, scene.channel.deltas[-1])
            assert scene.channel.deltas[-1].position == picture.position + 2
            assert calls(await scene.picture()) == ["k1", "k2"]
            assert scene.supervisor.statistics()["publish_failures"] == 1

    play(test)


def test_publishing_is_slow_then_the_next_delta_forms_meanwhile() -> None:
    async def test(scene: Scene) -> None:
        publish, under_way = scene.channel.publish, 0

        async def slowly(tenant_id: str, payload: bytes) -> None:
            nonlocal under_way
            under_way += 1
            assert under_way == 1
            await asyncio.sleep(0.5)
            under_way -= 1
            await publish(tenant_id, payload)

        scene.channel.publish = slowly  # type: ignore[method-assign]
        async with scene.supervised():
            await asyncio.sleep(1)
            heard = len(scene.channel.deltas)
            for number in range(10):
                await scene.owners.arrive(f"k{number}")
                await asyncio.sleep(0.04)
            await asyncio.sleep(2)
            assert [len(delta.calls) for delta in scene.channel.deltas[heard:]] == [1, 9]

    play(test)


def test_another_incarnation_claims_then_it_stops_and_returns() -> None:
    async def test(scene: Scene) -> None:
        async with scene.supervised():
            await scene.owners.store.claim(Kind.SUPERVISOR, [NUMBER], "another")
            await asyncio.sleep(1.5)
            heard = len(scene.channel.deltas)
            assert not scene.supervisor.ready
            await scene.owners.arrive("k1")
            await asyncio.sleep(10)
            assert len(scene.channel.deltas) == heard

    play(test)


def test_saved_and_started_again_then_the_same_picture_without_the_old_journal() -> None:
    async def test(scene: Scene) -> None:
        async with scene.supervised(save_every_facts=3):
            for number in range(5):
                await scene.owners.arrive(f"k{number}")
            await asyncio.sleep(2.5)
            before = await scene.picture()
        store = scene.owners.store
        saved = store.kept[Kind.SUPERVISOR, NUMBER][TENANT]
        assert saved.position == store.head_of[Kind.SUPERVISOR, NUMBER].position
        await scene.owners.arrive("k5", tell=False)
        read: list[int] = []
        page = store._page

        def spied(kind: Kind, partition: int, start: int, up_to: int | None) -> list[Entry]:
            if kind is not Kind.SUPERVISOR:
                read.append(start)
            return page(kind, partition, start, up_to)

        store._page = spied  # type: ignore[method-assign]
        async with scene.supervised():
            after = await scene.picture()
            assert calls(after) == [*calls(before), "k5"]
            assert after.epoch == "2"
            assert min(read) > 0
            assert sum(row.offered for row in after.tallies) == 6

    play(test)


def test_outcome_of_a_save_is_unknown_then_the_claim_is_taken_up_again_under_a_new_epoch() -> None:
    async def test(scene: Scene) -> None:
        store, append = scene.owners.store, scene.owners.store.append
        told = False

        async def vague(kind: Kind, claims: list[Claim], entries: list[Entry]) -> frozenset[int]:
            nonlocal told
            written = await append(kind, claims, entries)
            if kind is Kind.SUPERVISOR and not told:
                told = True
                raise CommitUnknownError
            return written

        store.append = vague  # type: ignore[assignment, method-assign]
        async with scene.supervised(save_every_facts=3):
            for number in range(5):
                await scene.owners.arrive(f"k{number}")
            await asyncio.sleep(5)
            picture = await scene.picture()
            assert told
            assert (picture.epoch, len(picture.calls)) == ("2", 5)
            assert store.kept[Kind.SUPERVISOR, NUMBER][TENANT].position == 2

    play(test)


def test_store_is_gone_for_a_while_then_the_picture_catches_up_afterwards() -> None:
    async def test(scene: Scene) -> None:
        store, heads = scene.owners.store, scene.owners.store.heads

        async def gone(kind: Kind | None = None) -> list[Any]:
            raise StoreUnavailableError(kind)

        async with scene.supervised():
            store.heads = gone  # type: ignore[method-assign]
            await asyncio.sleep(3)
            await scene.owners.arrive("k1")
            await asyncio.sleep(0.1)
            assert calls(await scene.picture()) == ["k1"]
            store.heads = heads  # type: ignore[method-assign]
            await asyncio.sleep(2)
            assert scene.supervisor.ready

    play(test)


def test_tenant_of_another_partition_then_the_reader_is_sent_elsewhere() -> None:
    async def test(scene: Scene) -> None:
        stranger = next(name for name in ("birch", "cedar", "oak") if partition_of(name) != NUMBER)
        async with scene.supervised():
            reader = Reader()
            scene.supervisor.receive_from(reader, ReadLive(stranger, "r-1"))
            await asyncio.sleep(0.3)
            assert reader.frames == [NotOwner(Kind.SUPERVISOR, partition_of(stranger))]

    play(test)


def test_tenant_without_facts_then_an_empty_picture_that_deltas_can_follow() -> None:
    async def test(scene: Scene) -> None:
        scene.owners.store = MemoryJournal()
        for kind in (Kind.QUEUE, Kind.AGENT):
            await scene.owners.store.claim(kind, [NUMBER], f"{kind}#1")
        async with scene.supervised():
            picture = await scene.picture()
            assert (picture.position, picture.queues, picture.agents) == (0, (), ())

    play(test)
