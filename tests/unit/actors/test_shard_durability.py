"""Acknowledged means durable: nothing leaves a shard before its batch is committed."""

import asyncio

import msgspec

from actors.mailbox import COMMANDS_PER_TENANT_MAX
from actors.wire import CallFrame, Envelope, FeedFacts, Read, ReadResult, Subscribe, WatchCalls
from engine import messages as m
from engine.commands import ConfigureQueue, HangUpCall
from engine.settings import QueueSettings
from engine.switchboard import Switchboard
from persistence.errors import CommitUnknownError, StoreUnavailableError
from persistence.journal import Kind, partition_of
from tests.unit.actors.stand import ASH, ELM, FakeLink, House, enqueue, in_virtual_time

PARTITION = partition_of(ASH)


def test_command_then_answered_only_after_its_commit() -> None:
    async def scene(house: House) -> None:
        await house.start()
        await house.open_desk()
        house.journal.gate.clear()
        command = house.send(enqueue("k1"))
        await asyncio.sleep(5)
        assert command.command_id not in house.link.outcomes()
        house.journal.gate.set()
        await asyncio.sleep(0.01)
        assert house.link.outcomes()[command.command_id] == "ok"

    in_virtual_time(scene)


def test_frames_feeds_and_open_steps_then_they_leave_after_the_commit_too() -> None:
    async def scene(house: House) -> None:
        await house.start()
        await house.open_desk()
        await house.tell(enqueue("k1"))
        onlooker, follower = FakeLink(), FakeLink()
        house.shard.receive(onlooker, WatchCalls(ASH, ("k1",)))
        house.shard.receive(follower, Subscribe(PARTITION, 1, None))
        await asyncio.sleep(0.01)
        house.journal.gate.clear()
        frames, facts = len(onlooker.of(CallFrame)), len([one for one in follower.of(FeedFacts) if one.facts])
        board = house.shard.partitions[PARTITION].aggregate(ASH)
        assert isinstance(board, Switchboard)
        house.shard.receive(house.link, Envelope(ASH, 0, m.ProposeOffer("k1", "ann", board.calls["k1"].version)))
        await asyncio.sleep(3)
        assert len(onlooker.of(CallFrame)) == frames
        assert len([one for one in follower.of(FeedFacts) if one.facts]) == facts
        assert house.peers.of(m.MakeOffer) == []
        house.journal.gate.set()
        await asyncio.sleep(0.01)
        assert len(onlooker.of(CallFrame)) == frames + 1
        assert len([one for one in follower.of(FeedFacts) if one.facts]) == facts + 1
        assert len(house.peers.of(m.MakeOffer)) == 1

    in_virtual_time(scene)


def test_commands_arrive_while_a_batch_commits_then_they_are_the_next_batch() -> None:
    async def scene(house: House) -> None:
        await house.start()
        await house.open_desk()
        house.journal.appends.clear()
        house.journal.gate.clear()
        house.send(enqueue("k1"))
        await asyncio.sleep(0.01)
        for n in range(2, 7):
            house.send(enqueue(f"k{n}"))
        await asyncio.sleep(0.01)
        house.journal.gate.set()
        await asyncio.sleep(0.01)
        assert house.journal.appends == [1, 5]

    in_virtual_time(scene)


def test_append_fails_then_what_was_decided_is_forgotten_and_decided_again() -> None:
    async def scene(house: House) -> None:
        await house.start()
        await house.open_desk()
        house.journal.before = [StoreUnavailableError(), StoreUnavailableError()]
        assert (await house.tell(enqueue("k1"))).position == 1
        assert house.journal.types(ASH) == ["queue_configured", "call_queued"]

    in_virtual_time(scene)


def test_commit_happened_but_its_answer_was_lost_then_one_effect_and_one_outcome() -> None:
    async def scene(house: House) -> None:
        await house.start()
        await house.open_desk()
        house.journal.after = [CommitUnknownError()]
        assert (await house.tell(enqueue("k1"))).ok
        assert house.journal.types(ASH) == ["queue_configured", "call_queued"]
        assert house.journal.head_of[Kind.QUEUE, PARTITION].epoch == 2

    in_virtual_time(scene)


def test_appends_keep_failing_then_ever_longer_pauses_and_everything_is_answered_in_the_end() -> None:
    async def scene(house: House) -> None:
        await house.start()
        await house.open_desk()
        house.journal.before = [StoreUnavailableError() for _ in range(6)]
        commands = [house.send(enqueue(f"k{n}")) for n in range(5)]
        await asyncio.sleep(0.5)
        assert not any(command.command_id in house.link.outcomes() for command in commands)
        await asyncio.sleep(5)
        assert {house.link.outcomes()[command.command_id] for command in commands} == {"ok"}

    in_virtual_time(scene)


def test_same_command_twice_in_one_batch_then_one_effect_and_two_answers() -> None:
    async def scene(house: House) -> None:
        await house.start()
        await house.open_desk()
        command = house.send(enqueue("k1"))
        house.shard.receive(house.link, Envelope(ASH, 0, command))
        await asyncio.sleep(0.01)
        assert [one.code for one in house.link.of(type(await house.tell(enqueue("k2"))))].count("ok") == 4
        assert house.journal.types(ASH).count("call_queued") == 2

    in_virtual_time(scene)


def test_more_reads_than_may_wait_then_those_beyond_are_left_to_ask_again() -> None:
    async def scene(house: House) -> None:
        await house.start()
        await house.open_desk()
        house.journal.gate.clear()
        house.send(enqueue("k1"))
        await asyncio.sleep(0.01)
        for n in range(COMMANDS_PER_TENANT_MAX + 5):
            house.shard.receive(house.link, Read(ASH, f"r{n}", "calls"))
        assert house.shard.statistics()["mailbox"] == COMMANDS_PER_TENANT_MAX
        house.journal.gate.set()
        await asyncio.sleep(1)
        assert len(house.link.of(ReadResult)) == COMMANDS_PER_TENANT_MAX

    in_virtual_time(scene)


def test_command_in_the_envelope_of_another_tenant_then_refused_and_nothing_is_written() -> None:
    async def scene(house: House) -> None:
        await house.start()
        await house.open_desk(ASH, ELM)
        written = house.journal.types(ASH), house.journal.types(ELM)
        command = house.send(enqueue("k1"), ELM)
        smuggled = msgspec.structs.replace(command, command_id="smuggled")
        house.shard.receive(house.link, Envelope(ASH, 0, smuggled))
        await asyncio.sleep(0.01)
        assert house.link.outcomes()["smuggled"] == "unknown_tenant"
        assert (house.journal.types(ASH), house.journal.types(ELM)[:-1]) == written

    in_virtual_time(scene)


def test_more_commands_than_may_wait_then_overloaded_for_this_tenant_alone() -> None:
    async def scene(house: House) -> None:
        await house.start()
        await house.open_desk(ASH, ELM)
        house.journal.gate.clear()
        house.send(enqueue("first"))
        await asyncio.sleep(0.01)
        for n in range(COMMANDS_PER_TENANT_MAX):
            house.send(enqueue(f"k{n}"))
        over = house.send(enqueue("over"))
        assert house.link.outcomes()[over.command_id] == "overloaded"
        other = house.send(enqueue("k1"), ELM)
        house.shard.receive(house.link, Envelope(ASH, 0, m.OfferReleased("unknown")))
        house.journal.gate.set()
        await asyncio.sleep(1)
        assert house.link.outcomes()[other.command_id] == "ok"
        assert (await house.tell(enqueue("over"))).ok

    in_virtual_time(scene)


def test_refused_command_then_its_refusal_is_durable_too() -> None:
    async def scene(house: House) -> None:
        await house.start()
        command = house.send(enqueue("k1"))
        await asyncio.sleep(0.01)
        assert house.link.outcomes()[command.command_id] == "unknown_queue"
        await house.kill()
        await house.start()
        await house.open_desk()
        house.link.frames.clear()
        house.shard.receive(house.link, Envelope(ASH, 0, command))
        await asyncio.sleep(0.01)
        assert house.link.outcomes() == {command.command_id: "unknown_queue"}

    in_virtual_time(scene)


def test_tenant_is_unknown_to_the_store_then_refused_alone_and_the_shard_lives() -> None:
    stranger = next(name for n in range(500) if partition_of(name := f"stranger{n}") == PARTITION)

    async def scene(house: House) -> None:
        await house.start()
        await house.open_desk(ASH, ELM)
        house.journal.gate.clear()
        house.send(enqueue("k0"))
        await asyncio.sleep(0.01)
        refused = house.send(ConfigureQueue(QueueSettings("desk", "Desk")), stranger)
        served = [house.send(enqueue("k1")), house.send(enqueue("k2"), ELM), house.send(HangUpCall("k0"))]
        await asyncio.sleep(0.01)
        house.journal.gate.set()
        await asyncio.sleep(0.1)
        outcomes = house.link.outcomes()
        assert outcomes[refused.command_id] == "unknown_tenant"
        assert [outcomes[command.command_id] for command in served] == ["ok", "ok", "ok"]
        assert house.journal.types(stranger) == []
        assert not house.task.done()

    in_virtual_time(scene, place=lambda tenant_id: -1 if tenant_id == stranger else partition_of(tenant_id))
