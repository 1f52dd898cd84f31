"""One shard process: opens what its shard needs, and runs it until it ends.

Core work that ends, for whatever reason, must end the process (`cluster.py` sees to that): an actor that still answers
but has lost its loop would never be restarted. A shard that lost a partition to someone else ends too: if Ray still
counts on this process it starts it again, and if it was a leftover, it is gone.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable, Coroutine
from random import SystemRandom
from typing import Any

import structlog
from redis.asyncio import Redis

from actors.config import ShardConfig
from actors.domain import AGENT_DOMAIN, QUEUE_DOMAIN
from actors.garbage import collect_rarely
from actors.links.dialler import Dialler
from actors.links.directory import Directory
from actors.links.link import WebsocketLink
from actors.links.listener import Listener
from actors.projector import Projector
from actors.router import Router
from actors.shard import Shard
from actors.supervisor import Supervisor
from actors.wire import Frame
from persistence.journal import PARTITION_COUNT, Kind
from persistence.postgres.journal import PostgresJournal
from persistence.postgres.pool import open_pool
from persistence.postgres.projections import PostgresProjections

LIVE_CHANNEL = "live:{tenant_id}"
"""Where the live view of a tenant is published for all gateways."""
STATISTICS_S = 5.0
SPEAKS_TO = {
    Kind.QUEUE: (Kind.AGENT,),
    Kind.AGENT: (Kind.QUEUE,),
    Kind.ROUTER: (Kind.QUEUE,),
    Kind.SUPERVISOR: (),
}
"""Whom a process of each kind has live questions for."""

Work = Coroutine[Any, Any, None]


class SystemClock:
    """The host's clock."""

    def now_ms(self) -> int:
        return time.time_ns() // 1_000_000


class ShardProcess:
    """The `index`-th of `count` processes of a kind. Partitions are dealt out by their number modulo `count`."""

    def __init__(self, kind: Kind, index: int, count: int, config: ShardConfig) -> None:
        self.kind = kind
        self.name = f"{kind.value}-{index}"
        self._numbers = [number for number in range(PARTITION_COUNT) if number % count == index]
        self._config = config
        self._log = structlog.get_logger(shard=self.name)
        self._listener = Listener(config)
        self._close: list[Callable[[], Awaitable[Any]]] = []
        self._host: Shard | Router | Supervisor | None = None
        self._stopping = asyncio.Event()

    async def run(self) -> None:
        """Open everything, serve until `drain`, close everything. Raises whatever ended the shard."""
        try:
            work = await self._open()
            stopping = asyncio.create_task(self._stopping.wait())
            tasks = [asyncio.create_task(one) for one in work]
            done, pending = await asyncio.wait([stopping, *tasks], return_when=asyncio.FIRST_COMPLETED)
            for task in pending:
                task.cancel()
            await asyncio.gather(*pending, return_exceptions=True)
            for task in done:
                task.result()
        finally:
            for close in reversed(self._close):
                await close()

    def drain(self) -> None:
        """Stop serving. Everything that was acknowledged is in the journal; nothing else has to be saved."""
        self._stopping.set()

    @property
    def draining(self) -> bool:
        return self._stopping.is_set()

    def describe(self) -> dict[str, Any]:
        """What an engineer wants to know at a glance."""
        host = self._host
        said: dict[str, Any] = {"name": self.name, "address": self._listener.address, "partitions": len(self._numbers)}
        if isinstance(host, Shard):
            said |= host.statistics()
        elif isinstance(host, Router):
            said |= {"proposed": host.proposed, "ready": all(one.complete for one in host.partitions.values())}
        elif isinstance(host, Supervisor):
            said |= host.statistics()
        return said

    async def _open(self) -> list[Work]:
        config = self._config
        journal = await PostgresJournal.connect(config.journal_url.reveal())
        self._close.append(journal.close)
        dialler = Dialler(
            self.name,
            directory=Directory(journal),
            secret=config.cluster_secret,
            on_frame=self._heard,
            on_loss=self._lost,
        )
        await self._listener.start(self._asked)
        self._close.append(self._listener.stop)
        if self.kind is Kind.ROUTER:
            self._host = router = Router(self._numbers, clock=SystemClock(), peers=dialler, draws=SystemRandom())
            work: list[Work] = [router.run()]
        elif self.kind is Kind.SUPERVISOR:
            work = await self._open_supervisor(journal, dialler)
        else:
            self._host = shard = Shard(
                QUEUE_DOMAIN if self.kind is Kind.QUEUE else AGENT_DOMAIN,
                self._numbers,
                journal=journal,
                clock=SystemClock(),
                peers=dialler,
                address=self._listener.address,
                on_recovered=collect_rarely,
            )
            work = [shard.run()]
        await dialler.start(*SPEAKS_TO[self.kind])
        self._close.append(dialler.stop)
        return work

    async def _open_supervisor(self, journal: PostgresJournal, dialler: Dialler) -> list[Work]:
        config = self._config
        redis = Redis.from_url(config.redis_url.reveal())
        self._close.append(redis.aclose)
        pool = await open_pool(config.app_url.reveal(), connections_max=2)
        self._close.append(pool.close)

        async def publish(tenant_id: str, payload: bytes) -> None:
            await redis.publish(LIVE_CHANNEL.format(tenant_id=tenant_id), payload)

        self._host = supervisor = Supervisor(
            self._numbers,
            journal=journal,
            clock=SystemClock(),
            peers=dialler,
            publish=publish,
            address=self._listener.address,
        )
        projector = Projector(journal, PostgresProjections(pool), self._numbers)
        return [supervisor.run(), projector.run()]

    def _heard(self, link: WebsocketLink, kind: Kind, frame: Frame) -> None:
        """A frame on a link that we dialled."""
        match self._host:
            case Shard() as shard:
                shard.receive(link, frame)
            case Router() | Supervisor() as follower:
                follower.receive(kind, frame)

    def _lost(self, kind: Kind) -> None:
        """A link that carried feeds is gone."""
        if isinstance(self._host, Router | Supervisor):
            self._host.link_lost(kind)

    def _asked(self, link: WebsocketLink, frame: Frame) -> None:
        """A frame on a link that a peer dialled."""
        match self._host:
            case Shard() as shard:
                shard.receive(link, frame)
            case Supervisor() as supervisor:
                supervisor.receive_from(link, frame)
