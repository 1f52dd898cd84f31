"""The faults, each a small class: what is done to a house, and how it is taken back.

`strike` returns when nothing of the fault is left but its consequences. What is killed is started again by the house
itself or by Ray; that is part of what is tried.
"""

import asyncio
from collections.abc import Awaitable, Callable
from random import Random
from typing import Protocol

import msgspec

from benchmarks.chaos.ground import Ground, Needs
from benchmarks.chaos.proxy import FAIR, Proxy, Weather
from persistence.journal import Kind

LASTS_S = (1.5, 4.0)
"""How long bad weather, a full disk and the like last."""
DELAY_S = (0.1, 0.6)
BYTES_PER_S = (2_000.0, 20_000.0)

RingsAgain = Callable[[], Awaitable[None]]
"""Wait until a call that arrives from now on rings."""


class Fault(Protocol):
    """One kind of fault. `about`: one line for people."""

    @property
    def kind(self) -> str: ...

    @property
    def about(self) -> str: ...

    @property
    def needs(self) -> Needs: ...

    async def strike(self, ground: Ground, rng: Random, rings_again: RingsAgain) -> str:
        """Do it, and say to whom."""


class Kill(msgspec.Struct, frozen=True):
    """kill -9 of one process."""

    victim: str
    about: str
    needs: Needs = Needs.HOUSE

    @property
    def kind(self) -> str:
        return f"kill-{self.victim}"

    async def strike(self, ground: Ground, rng: Random, rings_again: RingsAgain) -> str:  # noqa: ARG002 - of the port
        ground.kill(self.victim)
        return self.victim


class KillGateway(msgspec.Struct, frozen=True):
    """kill -9 of one of the gateways."""

    kind: str = "kill-gateway"
    about: str = "kill -9 one of the gateways"
    needs: Needs = Needs.HOUSE

    async def strike(self, ground: Ground, rng: Random, rings_again: RingsAgain) -> str:  # noqa: ARG002 - of the port
        victim = rng.choice(ground.gateways())
        ground.kill(victim)
        return victim


class PauseShard(msgspec.Struct, frozen=True):
    """A shard stands still until its successor works, and then goes on as if nothing had happened."""

    kind: str = "pause-shard"
    about: str = "SIGSTOP a shard until its successor works, then SIGCONT"
    needs: Needs = Needs.HOUSE

    async def strike(self, ground: Ground, rng: Random, rings_again: RingsAgain) -> str:
        victim = rng.choice((Kind.QUEUE, Kind.AGENT, Kind.SUPERVISOR))
        ground.pause(victim.value)
        try:
            successor = await ground.start_successor(victim)
            await rings_again()
        finally:
            ground.resume(victim.value)
        await successor.ended()
        return victim.value


class EmptyValkey(msgspec.Struct, frozen=True):
    kind: str = "empty-valkey"
    about: str = "FLUSHALL: tickets, limits and caches are gone"
    needs: Needs = Needs.HOUSE

    async def strike(self, ground: Ground, rng: Random, rings_again: RingsAgain) -> str:  # noqa: ARG002 - of the port
        await ground.empty_valkey()
        return "valkey"


class DiskFull(msgspec.Struct, frozen=True):
    kind: str = "disk-full"
    about: str = "Postgres's disk is full for a while"
    needs: Needs = Needs.SMALL_DISK

    async def strike(self, ground: Ground, rng: Random, rings_again: RingsAgain) -> str:  # noqa: ARG002 - of the port
        await ground.fill_disk()
        try:
            await asyncio.sleep(rng.uniform(*LASTS_S))
        finally:
            await ground.free_disk()
        return "postgres"


class KillNode(msgspec.Struct, frozen=True):
    kind: str = "kill-node"
    about: str = "kill -9 the Ray node that holds most shards; a new one joins later"
    needs: Needs = Needs.NODES

    async def strike(self, ground: Ground, rng: Random, rings_again: RingsAgain) -> str:  # noqa: ARG002 - of the port
        victim = await ground.kill_node()
        await rings_again()
        await ground.replace_node()
        return victim


class RestartAll(msgspec.Struct, frozen=True):
    kind: str = "restart-all"
    about: str = "kill -9 every process at once, then start the house again"
    needs: Needs = Needs.HOUSE

    async def strike(self, ground: Ground, rng: Random, rings_again: RingsAgain) -> str:  # noqa: ARG002 - of the port
        await ground.restart_all()
        return "everything"


class Line(msgspec.Struct, frozen=True):
    """Which connections the weather is of."""

    name: str
    about: str
    needs: Needs
    of: Callable[[Ground], Proxy]


class Cut(msgspec.Struct, frozen=True):
    line: Line
    kind: str
    about: str
    needs: Needs

    async def strike(self, ground: Ground, rng: Random, rings_again: RingsAgain) -> str:  # noqa: ARG002 - of the port
        return f"{self.line.of(ground).cut()} connections"


class HalfClose(Cut, frozen=True):
    async def strike(self, ground: Ground, rng: Random, rings_again: RingsAgain) -> str:  # noqa: ARG002 - of the port
        return f"{self.line.of(ground).half_close(rng)} connections"


class Delay(Cut, frozen=True):
    async def strike(self, ground: Ground, rng: Random, rings_again: RingsAgain) -> str:  # noqa: ARG002 - of the port
        weather = Weather(delay_s=rng.uniform(*DELAY_S))
        await _weather(self.line.of(ground), weather, rng.uniform(*LASTS_S))
        return f"{weather.delay_s:.2f} s"


class Throttle(Cut, frozen=True):
    async def strike(self, ground: Ground, rng: Random, rings_again: RingsAgain) -> str:  # noqa: ARG002 - of the port
        rate = rng.uniform(*BYTES_PER_S)
        await _weather(self.line.of(ground), Weather(bytes_per_s=rate), rng.uniform(*LASTS_S))
        return f"{rate:.0f} bytes/s"


async def _weather(proxy: Proxy, weather: Weather, seconds: float) -> None:
    proxy.weather = weather
    try:
        await asyncio.sleep(seconds)
    finally:
        proxy.weather = FAIR


CLIENTS = Line("clients", "between people and gateways", Needs.HOUSE, lambda ground: ground.clients)
DATABASE = Line("database", "between the house and Postgres", Needs.DATABASE_PROXY, lambda ground: ground.database)

WEATHERS: tuple[tuple[str, str, type[Cut]], ...] = (
    ("cut", "break every connection off", Cut),
    ("delay", f"{DELAY_S[0]:g} to {DELAY_S[1]:g} s each way", Delay),
    ("half-close", "end one direction of every connection", HalfClose),
    ("throttle", f"{BYTES_PER_S[0] / 1_000:g} to {BYTES_PER_S[1] / 1_000:g} kB/s a connection", Throttle),
)

FAULTS: tuple[Fault, ...] = (
    *(Kill(kind.value, f"kill -9 the {kind.value} shard") for kind in Kind),
    KillGateway(),
    PauseShard(),
    Kill("postgres", "kill -9 Postgres; the house starts it again"),
    DiskFull(),
    Kill("valkey", "kill -9 Valkey; the house starts it again"),
    EmptyValkey(),
    *(
        shape(line, f"{name}-{line.name}", f"{about}, {line.about}", line.needs)
        for line in (CLIENTS, DATABASE)
        for name, about, shape in WEATHERS
    ),
    KillNode(),
    RestartAll(),
)
"""Every kind there is."""
