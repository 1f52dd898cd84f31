"""A shard over a journal in memory, in virtual time, with links that only remember."""

import asyncio
from collections.abc import Callable, Coroutine, Sequence
from contextlib import suppress
from typing import Any, TypeVar

from actors.domain import AGENT_DOMAIN, QUEUE_DOMAIN, Domain
from actors.shard import Shard
from actors.simulation.loop import run_virtual
from actors.simulation.quiet import quiet
from actors.wire import Envelope, Frame
from engine.commands import (
    AgentCommand,
    Command,
    ConfigureAgent,
    ConfigureQueue,
    EnqueueCall,
    Outcome,
    QueueCommand,
)
from engine.principals import Principal, Role
from engine.settings import AgentSettings, QueueSettings
from persistence.errors import StoreError
from persistence.journal import Claim, Entry, Kind, partition_of
from persistence.memory.journal import MemoryJournal

T = TypeVar("T")

BOSS = Principal(Role.SUPERVISOR, "boss")
START_MS = 1_700_000_000_000
ASH = "ash"
ELM = next(name for n in range(100) if partition_of(name := f"elm{n}") != partition_of(ASH))
"""A tenant who lives in another partition."""


class FakeLink:
    """A peer who remembers what it was sent."""

    def __init__(self) -> None:
        self.frames: list[Frame] = []
        self.closed = False

    def send(self, frame: Frame) -> None:
        self.frames.append(frame)

    def of(self, type_: type[T]) -> list[T]:
        """Frames of this type, and bodies of this type in envelopes."""
        bodies = [frame.body if isinstance(frame, Envelope) else frame for frame in self.frames]
        return [body for body in bodies if isinstance(body, type_)]

    def outcomes(self) -> dict[str, str]:
        return {outcome.command_id: outcome.code for outcome in self.of(Outcome)}


class FakePeers:
    """Remembers what was sent to owners."""

    def __init__(self) -> None:
        self.sent: list[tuple[Kind, int, Frame]] = []

    def send(self, kind: Kind, partition: int, frame: Frame) -> None:
        self.sent.append((kind, partition, frame))

    def of(self, type_: type[T]) -> list[T]:
        bodies = [frame.body if isinstance(frame, Envelope) else frame for _, _, frame in self.sent]
        return [body for body in bodies if isinstance(body, type_)]


class GatedJournal(MemoryJournal):
    """Appends wait for `gate`; `before` and `after` hold failures of the next appends, by whether they took effect."""

    def __init__(self, place: Callable[[str], int] = partition_of) -> None:
        super().__init__(place=place)
        self.gate = asyncio.Event()
        self.gate.set()
        self.before: list[StoreError] = []
        self.after: list[StoreError] = []
        self.appends: list[int] = []
        self.confirms = 0
        self.read_after: list[int] = []
        self.snapshot_delay_s = 0.0

    async def append(self, kind: Kind, claims: Sequence[Claim], entries: Sequence[Entry]) -> frozenset[int]:
        await self.gate.wait()
        if self.before:
            raise self.before.pop(0)
        written = await super().append(kind, claims, entries)
        self.appends.append(len(entries))
        if self.after:
            raise self.after.pop(0)
        return written

    async def confirm(self, kind: Kind, claims: Sequence[Claim]) -> frozenset[int]:
        self.confirms += 1
        return await super().confirm(kind, claims)

    async def snapshots(self, kind: Kind, partition: int) -> list[Any]:
        await asyncio.sleep(self.snapshot_delay_s)
        return await super().snapshots(kind, partition)

    def read(self, kind: Kind, partition: int, after: int, *, up_to: int | None = None) -> Any:
        self.read_after.append(after)
        return super().read(kind, partition, after, up_to=up_to)

    def types(self, tenant_id: str, kind: Kind = Kind.QUEUE) -> list[str]:
        """What happened to a tenant."""
        stream = self.streams.get((kind, partition_of(tenant_id)), [])
        return [entry.type for entry in stream if entry.tenant_id == tenant_id]


class Clock:
    """Virtual time, off by `skew_ms`."""

    def __init__(self) -> None:
        self.skew_ms = 0

    def now_ms(self) -> int:
        return START_MS + self.skew_ms + round(asyncio.get_running_loop().time() * 1_000)


class House:
    """One shard at a time over one journal."""

    def __init__(self, *, place: Callable[[str], int] = partition_of) -> None:
        self.journal = GatedJournal(place)
        self.clock = Clock()
        self.peers = FakePeers()
        self.link = FakeLink()
        self.incarnations = 0
        self.commands = 0
        self.shard: Shard
        self.task: asyncio.Task[None]

    async def start(
        self, domain: Domain = QUEUE_DOMAIN, *tenants: str, snapshot_every_facts: int = 20_000, ready: bool = True
    ) -> Shard:
        """A new incarnation that owns the partitions of these tenants."""
        self.incarnations += 1
        numbers = sorted({partition_of(tenant_id) for tenant_id in tenants or (ASH, ELM)})
        self.shard = Shard(
            domain,
            numbers,
            journal=self.journal,
            clock=self.clock,
            peers=self.peers,
            address=f"shard#{self.incarnations}",
            snapshot_every_facts=snapshot_every_facts,
        )
        self.task = asyncio.get_running_loop().create_task(self.shard.run())
        while ready and not self.shard.ready:  # noqa: ASYNC110 (virtual time)
            await asyncio.sleep(0.001)
        return self.shard

    async def kill(self) -> None:
        self.task.cancel()
        with suppress(asyncio.CancelledError):
            await self.task

    def send(self, body: QueueCommand | AgentCommand, tenant_id: str = ASH, **fields: Any) -> Command:
        """Hand a command in, without waiting."""
        self.commands += 1
        expires_at_ms = self.clock.now_ms() + 10_000
        known: dict[str, Any] = {
            "command_id": f"c{self.commands}",
            "expires_at_ms": expires_at_ms,
            "principal": BOSS,
        } | fields
        command = Command(tenant_id, body=body, **known)
        self.shard.receive(self.link, Envelope(tenant_id, 0, command))
        return command

    async def tell(self, body: QueueCommand | AgentCommand, tenant_id: str = ASH) -> Outcome:
        """Hand a command in and wait for its outcome."""
        command = self.send(body, tenant_id)
        async with asyncio.timeout(10):
            while command.command_id not in self.link.outcomes():  # noqa: ASYNC110 (virtual time)
                await asyncio.sleep(0.001)
        return next(one for one in self.link.of(Outcome) if one.command_id == command.command_id)

    async def open_desk(self, *tenants: str) -> None:
        """A queue for each tenant."""
        for tenant_id in tenants or (ASH,):
            assert (await self.tell(ConfigureQueue(QueueSettings("desk", "Desk")), tenant_id)).ok

    async def staffed(self, *agent_ids: str) -> None:
        for agent_id in agent_ids:
            assert (await self.tell(ConfigureAgent(AgentSettings(agent_id, ("desk",))))).ok


def enqueue(call_id: str) -> EnqueueCall:
    return EnqueueCall(call_id, "desk")


def in_virtual_time(scene: Callable[[House], Coroutine[Any, Any, T]], **options: Any) -> T:
    """Run a scene in a house of its own; the shard is gone afterwards, and so is everything that it had begun."""

    async def run() -> T:
        house = House(**options)
        try:
            return await scene(house)
        finally:
            if house.incarnations:
                await house.kill()
            await asyncio.sleep(0)
            assert asyncio.all_tasks() == {asyncio.current_task()}

    with quiet():
        return run_virtual(run())


__all__ = ["AGENT_DOMAIN", "ASH", "ELM", "QUEUE_DOMAIN", "FakeLink", "FakePeers", "House", "enqueue", "in_virtual_time"]
