"""One writer: a shard that was replaced finds out, drops what it lost, and never takes it back."""

import asyncio

import pytest

from actors.claims import LOSS_SURVIVED_S
from actors.wire import AgentFrame, Envelope, NotOwner, Read, ReadResult, Subscribe, WatchAgents
from engine import messages as m
from engine.commands import Outcome, SetPresence
from engine.events import decode_fact
from engine.principals import Principal, Role
from persistence.errors import CommitUnknownError, StoreUnavailableError
from persistence.journal import Kind, partition_of
from tests.unit.actors.stand import AGENT_DOMAIN, ASH, ELM, QUEUE_DOMAIN, FakeLink, House, enqueue, in_virtual_time

PARTITION = partition_of(ASH)


def test_partition_was_taken_by_another_then_dropped_and_the_others_served() -> None:
    async def scene(house: House) -> None:
        await house.start()
        await house.open_desk(ASH, ELM)
        await house.journal.claim(Kind.QUEUE, [PARTITION], "successor")
        lost = house.send(enqueue("k1"))
        kept = house.send(enqueue("k1"), ELM)
        await asyncio.sleep(0.5)
        assert house.link.outcomes().get(lost.command_id) is None
        assert house.link.outcomes()[kept.command_id] == "ok"
        assert house.journal.types(ASH) == ["queue_configured"]
        house.send(enqueue("k1"))
        await asyncio.sleep(0.1)
        assert house.link.of(NotOwner)[-1] == NotOwner(Kind.QUEUE, PARTITION)
        assert list(house.shard.partitions) == [partition_of(ELM)]
        assert (await house.tell(enqueue("k2"), ELM)).ok

    in_virtual_time(scene)


def test_partition_stays_lost_then_the_shard_ends_so_that_one_who_is_wanted_takes_all_again() -> None:
    async def scene(house: House) -> None:
        await house.start()
        await house.journal.claim(Kind.QUEUE, [PARTITION], "a late claim of one that is dead")
        await asyncio.sleep(LOSS_SURVIVED_S)
        assert not house.task.done()
        await asyncio.sleep(4)
        assert house.task.done()
        await house.start()
        assert set(house.shard.partitions) == {PARTITION, partition_of(ELM)}

    in_virtual_time(scene)


def test_every_partition_was_taken_then_the_shard_ends() -> None:
    async def scene(house: House) -> None:
        await house.start()
        await house.open_desk()
        await house.journal.claim(Kind.QUEUE, list(house.shard.partitions), "successor")
        house.send(enqueue("k1"))
        house.send(enqueue("k1"), ELM)
        await asyncio.sleep(3)
        assert house.task.done()
        assert house.journal.head_of[Kind.QUEUE, PARTITION].address == "successor"

    in_virtual_time(scene)


def test_idle_shard_was_replaced_then_it_finds_out_and_tells_who_follows() -> None:
    async def scene(house: House) -> None:
        await house.start()
        follower = FakeLink()
        house.shard.receive(follower, Subscribe(PARTITION, 1, None))
        await asyncio.sleep(5)
        await house.journal.claim(Kind.QUEUE, list(house.shard.partitions), "successor")
        await asyncio.sleep(3)
        assert follower.of(NotOwner) == [NotOwner(Kind.QUEUE, PARTITION)]
        assert house.task.done()

    in_virtual_time(scene)


def test_claim_was_not_confirmed_lately_then_a_read_is_answered_only_by_the_owner() -> None:
    async def scene(house: House) -> None:
        await house.start()
        await house.open_desk()
        house.shard._housekeeping.next_ms = house.clock.now_ms() + 3_600_000
        await asyncio.sleep(2)
        confirms = house.journal.confirms
        house.shard.receive(house.link, Read(ASH, "r1", "queues"))
        await asyncio.sleep(0.01)
        assert house.journal.confirms == confirms + 1
        house.shard.receive(house.link, Read(ASH, "r2", "queues"))
        await asyncio.sleep(0.01)
        assert house.journal.confirms == confirms + 1
        await asyncio.sleep(2)
        await house.journal.claim(Kind.QUEUE, [PARTITION], "successor")
        house.shard.receive(house.link, Read(ASH, "r3", "queues"))
        await asyncio.sleep(0.01)
        assert [one.request_id for one in house.link.of(ReadResult)] == ["r1", "r2"]

    in_virtual_time(scene)


def test_recovery_takes_long_then_the_claim_is_confirmed_before_the_first_answer() -> None:
    async def scene(house: House) -> None:
        await house.start()
        await house.open_desk()
        await house.kill()
        house.journal.snapshot_delay_s = 5.0
        await house.start()
        confirms = house.journal.confirms
        house.shard.receive(house.link, Read(ASH, "r1", "queues"))
        await asyncio.sleep(0.01)
        assert house.journal.confirms == confirms + 1
        assert len(house.link.of(ReadResult)) == 1

    in_virtual_time(scene)


def test_own_claim_came_late_and_fenced_ourselves_then_taken_up_again() -> None:
    async def scene(house: House) -> None:
        await house.start()
        await house.open_desk()
        await house.journal.claim(Kind.QUEUE, [PARTITION], "shard#1")
        assert house.journal.head_of[Kind.QUEUE, PARTITION].epoch == 2
        command = house.send(enqueue("k1"))
        await asyncio.sleep(0.5)
        assert house.link.outcomes().get(command.command_id) is None
        house.shard.receive(house.link, Envelope(ASH, 0, command))
        await asyncio.sleep(0.5)
        assert house.link.outcomes()[command.command_id] == "ok"

    in_virtual_time(scene)


def test_store_fails_at_the_start_then_claimed_once_it_is_back() -> None:
    async def scene(house: House) -> None:
        claim, failures = house.journal.claim, [StoreUnavailableError(), CommitUnknownError()]

        async def sometimes(*args: object) -> object:
            if failures:
                raise failures.pop()
            return await claim(*args)  # type: ignore[arg-type]

        house.journal.claim = sometimes  # type: ignore[method-assign,assignment]
        await house.start()
        assert (await house.tell(enqueue("k1"))).code == "unknown_queue"

    in_virtual_time(scene)


def test_crash_then_the_state_is_the_snapshot_and_what_came_after_it() -> None:
    async def scene(house: House) -> None:
        await house.start(QUEUE_DOMAIN, ASH, snapshot_every_facts=10)
        await house.open_desk()
        for n in range(36):
            await house.tell(enqueue(f"k{n}"))
            await asyncio.sleep(0.2)
        before = QUEUE_DOMAIN.dump(house.shard.partitions[PARTITION].aggregate(ASH))
        (snapshot,) = await house.journal.snapshots(Kind.QUEUE, PARTITION)
        await house.kill()
        house.journal.read_after.clear()
        await house.start(QUEUE_DOMAIN, ASH)
        assert 10 <= snapshot.position < 37
        assert house.journal.read_after == [snapshot.position]
        assert QUEUE_DOMAIN.dump(house.shard.partitions[PARTITION].aggregate(ASH)) == before

    in_virtual_time(scene)


def test_somebody_asks_for_a_tenant_without_history_then_snapshots_are_still_kept() -> None:
    async def scene(house: House) -> None:
        stranger = next(name for n in range(500) if partition_of(name := f"stranger{n}") == PARTITION)
        await house.start(QUEUE_DOMAIN, ASH, snapshot_every_facts=3)
        house.shard.receive(house.link, Read(stranger, "r1", "calls"))
        await house.open_desk()
        for n in range(5):
            await house.tell(enqueue(f"k{n}"))
        await asyncio.sleep(3)
        assert [one.tenant_id for one in await house.journal.snapshots(Kind.QUEUE, PARTITION)] == [ASH]

    in_virtual_time(scene)


def test_snapshot_cannot_be_saved_then_the_shard_goes_on() -> None:
    async def scene(house: House) -> None:
        async def refuse(*_: object) -> bool:
            raise StoreUnavailableError

        house.journal.save_snapshots = refuse  # type: ignore[method-assign,assignment]
        await house.start(QUEUE_DOMAIN, ASH, snapshot_every_facts=2)
        await house.open_desk()
        for n in range(5):
            assert (await house.tell(enqueue(f"k{n}"))).ok
            await asyncio.sleep(1)

    in_virtual_time(scene)


def test_crash_with_an_open_step_then_it_is_asked_again_and_every_unanswered_second() -> None:
    async def scene(house: House) -> None:
        await house.start()
        await house.open_desk()
        await house.tell(enqueue("k1"))
        house.shard.receive(house.link, Envelope(ASH, 0, m.ProposeOffer("k1", "ann", 2)))
        await asyncio.sleep(0.01)
        assert len(house.peers.of(m.MakeOffer)) == 1
        await house.kill()
        await house.start()
        await asyncio.sleep(0.01)
        assert len(house.peers.of(m.MakeOffer)) == 2
        await asyncio.sleep(3.05)
        assert len(house.peers.of(m.MakeOffer)) == 5
        house.shard.receive(house.link, Envelope(ASH, 1, m.OfferTaken("k1#1")))
        await asyncio.sleep(5)
        assert len(house.peers.of(m.MakeOffer)) == 5

    in_virtual_time(scene)


def test_clock_of_the_new_incarnation_is_behind_then_time_in_the_stream_does_not_run_back() -> None:
    async def scene(house: House) -> None:
        await house.start(QUEUE_DOMAIN, ASH, snapshot_every_facts=1)
        await house.open_desk()
        await asyncio.sleep(2)
        await house.tell(enqueue("k1"))
        await asyncio.sleep(2)
        await house.kill()
        house.clock.skew_ms = -60_000
        await house.start(QUEUE_DOMAIN, ASH)
        house.send(enqueue("k2"), expires_at_ms=house.clock.now_ms() + 61_000)
        await asyncio.sleep(0.1)
        times = [decode_fact(entry.payload).at_ms for entry in house.journal.streams[Kind.QUEUE, PARTITION]]
        assert times == sorted(times)
        assert len(times) == 3

    in_virtual_time(scene)


def test_clock_is_set_back_and_there_is_a_successor_then_a_reader_is_not_told_what_was() -> None:
    async def scene(house: House) -> None:
        await house.start(QUEUE_DOMAIN, ASH)
        await house.open_desk()
        house.clock.skew_ms = -5_000
        await house.journal.claim(Kind.QUEUE, [PARTITION], "successor")
        await asyncio.sleep(1.5)
        house.shard.receive(house.link, Read(ASH, "r1", "queues"))
        await asyncio.sleep(0.5)
        assert house.link.of(ReadResult) == []
        assert house.task.done()

    in_virtual_time(scene)


@pytest.mark.parametrize(("epoch", "heard"), [(0, True), (4, False), (5, True), (6, True)])
def test_owner_of_an_older_epoch_speaks_then_not_heard(epoch: int, *, heard: bool) -> None:
    async def scene(house: House) -> None:
        await house.start()
        await house.open_desk()
        await house.tell(enqueue("k1"))
        house.shard.receive(house.link, Envelope(ASH, 5, m.OfferReleased("unknown")))
        house.shard.receive(house.link, Envelope(ASH, 0, m.ProposeOffer("k1", "ann", 2)))
        house.shard.receive(house.link, Envelope(ASH, epoch, m.OfferDenied("k1#1")))
        await asyncio.sleep(0.01)
        assert ("offer_closed" in house.journal.types(ASH)) == heard

    in_virtual_time(scene)


def test_softphone_watches_then_it_sees_each_change_and_the_state_anew_after_a_recovery() -> None:
    async def scene(house: House) -> None:
        await house.start(AGENT_DOMAIN)
        await house.staffed("ann")
        softphone = FakeLink()
        house.shard.receive(softphone, WatchAgents(ASH, ("ann", "nobody")))
        await asyncio.sleep(0.01)
        assert [one.agent is None for one in softphone.of(AgentFrame)] == [False, True]
        house.send(SetPresence("ann", "available"), principal=Principal(Role.AGENT, "ann"))
        await asyncio.sleep(0.01)
        assert softphone.of(AgentFrame)[-1].agent is not None
        seen = len(softphone.frames)
        house.journal.before = [StoreUnavailableError()]
        house.send(SetPresence("ann", "away"), principal=Principal(Role.AGENT, "ann"))
        await asyncio.sleep(1)
        presences = [one.agent.base for one in softphone.of(AgentFrame)[seen:] if one.agent is not None]
        assert presences[0] == "available"
        assert presences[-1] == "away"
        softphone.closed = True
        await asyncio.sleep(3)
        assert house.shard._watchers.watched() == []

    in_virtual_time(scene)


def test_outcome_or_unknown_frame_comes_then_it_does_no_harm() -> None:
    async def scene(house: House) -> None:
        await house.start()
        house.shard.receive(house.link, Envelope(ASH, 0, Outcome("c1")))
        house.shard.receive(house.link, NotOwner(Kind.AGENT, PARTITION))
        await house.open_desk()
        assert house.shard.statistics()["ready"] is True

    in_virtual_time(scene)
