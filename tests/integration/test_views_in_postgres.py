"""The supervisor and the projector over the real store: saved, fenced, started again, rows written once."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import pytest

from actors.process import SystemClock
from actors.projector import Projector
from actors.supervisor import Supervisor
from engine.events import encode_fact, event_type
from engine.livepicture import TenantPicture
from persistence.journal import Entry, Kind
from persistence.postgres.journal import PostgresJournal
from persistence.postgres.pool import open_pool
from persistence.postgres.projections import PostgresProjections
from persistence.postgres.tenants import PostgresTenants
from scripts.embedded.postgres import DatabaseUrls
from tests.contract.conftest import ASH
from tests.unit.clinic import Clinic, Placed

pytestmark = pytest.mark.integration

WITHIN_S = 20.0


class NoPeers:
    """Nobody feeds: what is seen was read from the journal."""

    def send(self, kind: Kind, partition: int, frame: object) -> None:
        del kind, partition, frame


async def until(condition: Callable[[], bool]) -> None:
    for _ in range(round(WITHIN_S / 0.02)):
        if condition():
            return
        await asyncio.sleep(0.02)
    pytest.fail("what was waited for has not happened")


async def ignore(tenant_id: str, payload: bytes) -> None:
    del tenant_id, payload


async def happen(journal: PostgresJournal, clinic: Clinic) -> None:
    for kind, facts in ((Kind.QUEUE, clinic.queue_facts), (Kind.AGENT, clinic.agent_facts)):
        (claim,) = await journal.claim(kind, [ASH.partition], "owner")
        entries = [
            Entry(ASH.partition, at, "ash", event_type(one.fact.event), one.fact.at_ms, encode_fact(one.fact))
            for at, one in enumerate(facts, start=1)
        ]
        assert await journal.append(kind, [claim], entries)


def numbered(facts: list[Placed]) -> list[Placed]:
    """The same facts where this test's journal has them: without the gaps of other tenants."""
    return [Placed(at, one.fact) for at, one in enumerate(facts, start=1)]


@asynccontextmanager
async def running(supervisor: Supervisor) -> AsyncIterator[asyncio.Task[None]]:
    task = asyncio.create_task(supervisor.run())
    try:
        yield task
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def test_supervisor_restarts_and_is_fenced_then_the_picture_holds(database: DatabaseUrls) -> None:
    pool = await open_pool(database.app_url)
    await PostgresTenants(pool).create(ASH)
    journal = await PostgresJournal.connect(database.journal_url)
    clinic = Clinic(3)
    clinic.live(200)
    await happen(journal, clinic)
    expected = TenantPicture("ash")
    for placed in numbered(clinic.queue_facts):
        expected.queue_fact(placed.fact, placed.position)
    for placed in numbered(clinic.agent_facts):
        expected.agent_fact(placed.fact, placed.position)
    expected.paint(1, 0)

    def supervisor(address: str) -> Supervisor:
        return Supervisor(
            [ASH.partition],
            journal=journal,
            clock=SystemClock(),
            peers=NoPeers(),
            publish=ignore,
            address=address,
            save_every_facts=1,
        )

    first, second = supervisor("first"), supervisor("second")
    async with running(first) as task:
        await until(lambda: first.ready and not first.statistics()["unsaved_facts"])
        async with running(second):
            await until(lambda: second.ready)
            await until(task.done)
            partition = second.partitions[ASH.partition]
            assert (await journal.snapshots(Kind.SUPERVISOR, ASH.partition))[0].position == 1
            whole, wanted = partition.pictures["ash"].whole(1), expected.whole(1)
            assert (whole.queues, whole.calls, whole.agents) == (wanted.queues, wanted.calls, wanted.agents)
            assert whole.tallies == wanted.tallies
    await journal.close()
    await pool.close()


async def test_two_projectors_then_every_ended_call_has_one_record(database: DatabaseUrls) -> None:
    pool = await open_pool(database.app_url)
    await PostgresTenants(pool).create(ASH)
    journal = await PostgresJournal.connect(database.journal_url, page_entries_max=20)
    clinic = Clinic(4)
    clinic.live(200)
    await happen(journal, clinic)
    projections = PostgresProjections(pool)
    tasks = [asyncio.create_task(Projector(journal, projections, [ASH.partition]).run()) for _ in range(2)]
    ends = [len(clinic.queue_facts), len(clinic.agent_facts)]
    reached: list[int] = []
    async with asyncio.timeout(WITHIN_S):
        while reached != ends:
            await asyncio.sleep(0.05)
            reached = [await projections.checkpoint(name, "ash") for name in ("call_records", "wrap_up_records")]
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    ended = {one.fact.event.call_id for one in clinic.queue_facts if event_type(one.fact.event) == "call_ended"}  # type: ignore[union-attr]
    assert {record.call_id for record in await projections.list_calls("ash", limit=1_000)} == ended
    await journal.close()
    await pool.close()
