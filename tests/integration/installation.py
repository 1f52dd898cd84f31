"""An installation of which only the database runs: a clinic, two persons, a journal."""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TypeVar

import asyncpg

from engine.events import Cause, Fact, QueueConfigured, encode_fact
from engine.principals import SYSTEM
from engine.settings import QueueSettings
from persistence.journal import Claim, Entry, Kind, partition_of
from persistence.postgres.journal import PostgresJournal
from persistence.postgres.pool import open_pool
from persistence.postgres.tenants import PostgresTenants
from persistence.postgres.vault import PostgresVault
from persistence.tenants import Tenant
from persistence.vault import NewSubject
from scripts.embedded.postgres import EmbeddedPostgres
from scripts.embedded.write_ahead_log import KeepNothing, WriteAheadLog
from tests.integration_services import migrate_database

T = TypeVar("T")

ASH = Tenant.settled("ash", "ash-clinic", "Ash Clinic", "Europe/Paris")
PARTITION = partition_of(ASH.tenant_id)
ANN = NewSubject("ann", b"a" * 32, b"4" * 32, b"sealed-ann", b"the-key-of-ann")
BEN = NewSubject("ben", b"b" * 32, b"4" * 32, b"sealed-ben", b"the-key-of-ben")


def in_pool(app_url: str, act: Callable[["asyncpg.Pool[asyncpg.Record]"], Awaitable[T]]) -> T:
    """Do something as the application does it."""

    async def run() -> T:
        pool = await open_pool(app_url, connections_max=1)
        try:
            return await act(pool)
        finally:
            await pool.close()

    return asyncio.run(run())


def settle_clinic(app_url: str) -> None:
    """A clinic and two persons."""
    in_pool(app_url, lambda pool: PostgresTenants(pool).create(ASH))
    in_pool(app_url, lambda pool: PostgresVault(pool).resolve(ASH.tenant_id, [ANN, BEN]))


def readable_in(app_url: str) -> list[str]:
    """Who is there with the key that was theirs."""
    found = in_pool(app_url, lambda pool: PostgresVault(pool).read(ASH.tenant_id, ["ann", "ben"]))
    return [one.subject_id for one in found if one.key_wrapped == f"the-key-of-{one.subject_id}".encode()]


class Installation:
    """Its database runs from `start` to `stop`, as far as other commands can see as a part of a house."""

    def __init__(self, state_dir: Path, log: WriteAheadLog | None = None) -> None:
        self.state_dir = state_dir
        self.postgres = EmbeddedPostgres(state_dir, log=log or KeepNothing())
        self._claim = Claim(PARTITION, 0, 0)

    def begin(self) -> None:
        """Start it, with a clinic, two persons, and one entry in its journal."""
        self.postgres.start()
        asyncio.run(migrate_database(self.postgres.urls()))
        settle_clinic(self.postgres.app_url)
        (self._claim,) = asyncio.run(self._journal(lambda one: one.claim(Kind.QUEUE, [PARTITION], "here")))
        self.configure("desk")

    def configure(self, queue_id: str) -> None:
        """One entry more in its journal."""
        fact = Fact(1_700_000_000_000, Cause(SYSTEM), QueueConfigured(QueueSettings(queue_id, "Desk")))
        position = self._claim.position + 1
        entry = Entry(PARTITION, position, ASH.tenant_id, "queue_configured", fact.at_ms, encode_fact(fact))
        assert asyncio.run(self._journal(lambda one: one.append(Kind.QUEUE, [self._claim], [entry])))
        self._claim = Claim(PARTITION, self._claim.epoch, position)

    def erase(self, subject_id: str) -> None:
        assert in_pool(self.postgres.app_url, lambda pool: PostgresVault(pool).erase(ASH.tenant_id, subject_id))

    def readable(self) -> list[str]:
        """Who is there with the key that was theirs."""
        return readable_in(self.postgres.app_url)

    def head(self) -> tuple[int, int]:
        """Epoch and position of the queue's stream."""
        (head,) = asyncio.run(self._journal(lambda one: one.heads()))
        return head.epoch, head.position

    def destroy(self) -> None:
        self.postgres.destroy()

    async def _journal(self, act: Callable[[PostgresJournal], Awaitable[T]]) -> T:
        journal = await PostgresJournal.connect(self.postgres.journal_url, connections_max=1)
        try:
            return await act(journal)
        finally:
            await journal.close()
