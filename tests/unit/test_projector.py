"""The projector: every row once, whatever fails and whoever else is at work."""

import asyncio
from collections.abc import Callable, Coroutine, Sequence
from typing import Any

import pytest

from actors.projector import IDLE_POSITIONS_MAX, POLL_S, Projector
from actors.simulation.loop import run_virtual
from engine.commands import AcceptOffer, CompleteWrapUp, EnqueueCall, HangUpCall, HoldCall, ResumeCall
from engine.events import Fact, encode_fact, event_type
from engine.principals import Principal, Role
from engine.settings import AgentSettings, QueueSettings
from persistence.errors import CommitUnknownError, StoreUnavailableError
from persistence.journal import Claim, Entry, Kind, Snapshot, partition_of
from persistence.memory.journal import MemoryJournal
from persistence.memory.projections import MemoryProjections
from persistence.projections import CallRecord, WrapUpRecord
from tests.unit.clinic import START_MS, Clinic

TENANT = "ash"
NUMBER = partition_of(TENANT)
ANA = Principal(Role.AGENT, "ana")
CALLER = Principal(Role.CALLER, "k2")


class Rows(MemoryProjections):
    """Remembers every row that was written, and fails when told to."""

    def __init__(self) -> None:
        super().__init__()
        self.written: list[str] = []
        self.before: list[type[Exception]] = []
        self.after: list[type[Exception]] = []

    async def apply(
        self,
        projection: str,
        tenant_id: str,
        partition: int,
        from_position: int,
        to_position: int,
        calls: Sequence[CallRecord],
        wrap_ups: Sequence[WrapUpRecord],
    ) -> bool:
        if self.before:
            raise self.before.pop()
        moved = await super().apply(projection, tenant_id, partition, from_position, to_position, calls, wrap_ups)
        if moved:
            self.written += [row.call_id for row in calls] + [row.offer_id for row in wrap_ups]
        if self.after:
            raise self.after.pop()
        return moved


class Scene:
    def __init__(self) -> None:
        self.store = MemoryJournal(page_entries_max=7)
        self.rows = Rows()
        self._claims: dict[Kind, Claim] = {}

    async def append(self, kind: Kind, facts: Sequence[Fact], tenant_id: str = TENANT) -> None:
        if kind not in self._claims:
            (self._claims[kind],) = await self.store.claim(kind, [NUMBER], "owner")
        claim = self._claims[kind]
        entries = [
            Entry(NUMBER, position, tenant_id, event_type(fact.event), fact.at_ms, encode_fact(fact))
            for position, fact in enumerate(facts, start=claim.position + 1)
        ]
        await self.store.append(kind, [claim], entries)
        self._claims[kind] = Claim(NUMBER, claim.epoch, entries[-1].position)

    async def happen(self, clinic: Clinic) -> None:
        await self.append(Kind.QUEUE, [placed.fact for placed in clinic.queue_facts])
        await self.append(Kind.AGENT, [placed.fact for placed in clinic.agent_facts])

    async def snapshot(self, kind: Kind, tenant_id: str, position: int) -> None:
        saved = await self.store.save_snapshots(kind, self._claims[kind], [Snapshot(NUMBER, tenant_id, position, b"")])
        assert saved

    async def project(self, seconds: float = 3 * POLL_S, *, projectors: int = 1) -> None:
        tasks = [asyncio.create_task(self.projector().run()) for _ in range(projectors)]
        await asyncio.sleep(seconds)
        for task in tasks:
            task.cancel()
        results = await asyncio.gather(*tasks, return_exceptions=True)
        assert all(isinstance(result, asyncio.CancelledError) for result in results)

    def projector(self) -> Projector:
        return Projector(self.store, self.rows, [NUMBER])


def play(test: Callable[[Scene], Coroutine[Any, Any, None]]) -> None:
    run_virtual(test(Scene()))


def one_morning() -> Clinic:
    """A call that is answered, held, and wrapped up; one whose caller gives up."""
    clinic = Clinic()
    clinic.open([QueueSettings("q0", "Billing")], [AgentSettings("ana", ("q0",))])
    clinic.tell(EnqueueCall("k1", "q0", "subject-1", priority=7))
    clinic.pass_s(4)
    clinic.propose("k1", "ana")
    clinic.pass_s(1)
    clinic.tell(AcceptOffer("ana", "k1#1"), ANA)
    clinic.keep_softphones()
    clinic.tell(EnqueueCall("k2", "q0"))
    clinic.pass_s(6)
    clinic.tell(HoldCall("k1"), ANA)
    clinic.pass_s(2)
    clinic.tell(ResumeCall("k1"), ANA)
    clinic.tell(HangUpCall("k1"), ANA)
    clinic.tell(HangUpCall("k2"), CALLER)
    clinic.keep_softphones()
    clinic.pass_s(5)
    clinic.tell(CompleteWrapUp("ana", "k1", "booked"), ANA)
    return clinic


def busy(seed: int) -> Clinic:
    clinic = Clinic(seed)
    clinic.live(150)
    return clinic


def expected(clinic: Clinic) -> list[str]:
    facts = [placed.fact.event for placed in (*clinic.queue_facts, *clinic.agent_facts)]
    ended = [event.call_id for event in facts if event_type(event) == "call_ended"]  # type: ignore[union-attr]
    done = [event.offer_id for event in facts if event_type(event) == "wrap_up_completed"]  # type: ignore[union-attr]
    return sorted(ended + done)


def test_a_morning_passes_then_its_records_say_what_happened() -> None:
    async def test(scene: Scene) -> None:
        await scene.happen(one_morning())
        await scene.project()
        assert scene.rows.calls["ash", "k1"] == CallRecord(
            tenant_id="ash",
            call_id="k1",
            queue_id="q0",
            subject_id="subject-1",
            agent_id="ana",
            priority=7,
            arrived_at_ms=START_MS,
            first_offered_at_ms=START_MS + 4_000,
            answered_at_ms=START_MS + 5_000,
            ended_at_ms=START_MS + 13_000,
            wait_ms=5_000,
            talk_ms=6_000,
            hold_ms=2_000,
            offers=1,
            outcome="answered",
            ended_by="agent",
        )
        abandoned = scene.rows.calls["ash", "k2"]
        assert (abandoned.outcome, abandoned.ended_by, abandoned.agent_id) == ("abandoned", "caller", None)
        assert (abandoned.wait_ms, abandoned.talk_ms) == (8_000, 0)
        assert scene.rows.wrap_ups == {
            ("ash", "k1#1"): WrapUpRecord("ash", "k1#1", "k1", "ana", START_MS + 13_000, START_MS + 18_000, "booked")
        }

    play(test)


@pytest.mark.parametrize("seed", range(5))
def test_any_history_then_every_row_is_written_once(seed: int) -> None:
    async def test(scene: Scene) -> None:
        clinic = busy(seed)
        await scene.happen(clinic)
        await scene.project()
        await scene.project()
        assert sorted(scene.rows.written) == expected(clinic)

    play(test)


@pytest.mark.parametrize("seed", range(5))
def test_store_fails_before_and_after_the_fact_then_still_once(seed: int) -> None:
    async def test(scene: Scene) -> None:
        clinic = busy(seed)
        scene.rows.before = [StoreUnavailableError, CommitUnknownError, StoreUnavailableError]
        scene.rows.after = [CommitUnknownError, CommitUnknownError]
        await scene.happen(clinic)
        await scene.project(20.0)
        assert sorted(scene.rows.written) == expected(clinic)

    play(test)


def test_three_projectors_at_once_then_still_once() -> None:
    async def test(scene: Scene) -> None:
        clinic = busy(1)
        await scene.happen(clinic)
        await scene.project(10.0, projectors=3)
        assert sorted(scene.rows.written) == expected(clinic)

    play(test)


def test_woken_then_it_does_not_wait_for_the_next_poll() -> None:
    async def test(scene: Scene) -> None:
        projector = scene.projector()
        task = asyncio.create_task(projector.run())
        await asyncio.sleep(POLL_S / 10)
        await scene.happen(one_morning())
        projector.wake()
        await asyncio.sleep(POLL_S / 10)
        assert sorted(scene.rows.written) == ["k1", "k1#1", "k2"]
        task.cancel()

    play(test)


def test_quiet_tenant_then_a_restart_does_not_read_all_that_others_did_since() -> None:
    async def test(scene: Scene) -> None:
        quiet = next(name for name in map("quiet-{}".format, range(1_000)) if partition_of(name) == NUMBER)
        facts = [placed.fact for placed in one_morning().queue_facts]
        await scene.append(Kind.QUEUE, facts[:1], tenant_id=quiet)
        await scene.project()
        while scene.store.head_of[Kind.QUEUE, NUMBER].position < IDLE_POSITIONS_MAX + 100:
            await scene.append(Kind.QUEUE, facts[:1] * 500)
        end = scene.store.head_of[Kind.QUEUE, NUMBER].position
        for tenant_id in (quiet, TENANT):
            await scene.snapshot(Kind.QUEUE, tenant_id, end)
        await scene.project()
        assert scene.rows.checkpoints[quiet, "call_records"] > 1
        earliest = min(scene.rows.checkpoints.values())
        restarted = scene.projector()
        stream = restarted._streams[0]
        await restarted._begin(stream)
        assert stream.position == earliest >= IDLE_POSITIONS_MAX

    play(test)


def test_tenant_without_a_snapshot_then_its_rows_are_found_after_a_restart() -> None:
    async def test(scene: Scene) -> None:
        other = next(name for name in map("other-{}".format, range(1_000)) if partition_of(name) == NUMBER)
        facts = [placed.fact for placed in one_morning().queue_facts]
        await scene.append(Kind.QUEUE, facts, tenant_id=other)
        await scene.project()
        await scene.snapshot(Kind.QUEUE, other, len(facts))
        await scene.append(Kind.QUEUE, facts)
        await scene.project()
        assert {tenant_id for tenant_id, _ in scene.rows.calls} == {other, TENANT}
        assert scene.rows.written == ["k1", "k2"] * 2

    play(test)
