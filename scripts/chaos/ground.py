"""The hands of `benchmarks.chaos.ground.Ground`: real processes, real signals, a real disk."""

import asyncio
import json
import os
import signal
import sys
import time
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import msgspec
from redis.asyncio import Redis

from actors.config import ShardConfig
from benchmarks.chaos.proxy import Proxy
from persistence.errors import StoreError
from persistence.journal import Journal, Kind
from scripts.chaos.disk import SmallDisk
from scripts.chaos.house import GATEWAYS, SHARDS, ChaosHouse, find_shard
from scripts.chaos.nodes import RayNodes
from scripts.chaos.successor import Told
from scripts.embedded.errors import EmbeddedError
from scripts.embedded.processes import ProcessBook, ProcessRecord
from scripts.settings import CHECKOUT

WHOLE_WITHIN_S = 120.0
LOOK_S = 0.1
STARTED_FIELD = 19
"""Of what follows the name in a process's `stat`: when it was started, in ticks since the machine was."""


class RealGround:
    """One house with its proxies, and what of disk and nodes it has. `told` says what its shards are told."""

    def __init__(
        self,
        house: ChaosHouse,
        clients: Proxy,
        journal: Journal,
        told: Callable[[], ShardConfig],
        *,
        database: Proxy | None = None,
        disk: SmallDisk | None = None,
        nodes: RayNodes | None = None,
    ) -> None:
        self.clients = clients
        self._house = house
        self._journal = journal
        self._told = told
        self._database = database
        self._disk = disk
        self._nodes = nodes
        self._paused: dict[str, int] = {}

    @property
    def database(self) -> Proxy:
        assert self._database is not None
        return self._database

    def gateways(self) -> list[str]:
        return [f"gateway-{number}" for number in range(GATEWAYS)]

    def pid_of(self, name: str) -> int | None:
        if name in SHARDS:
            shard = find_shard(name, self._ray_leaders())
            return shard.pid if shard is not None else None
        record = ProcessBook(self._house.state_dir).read(name)
        process = record.find() if record is not None else None
        return process.pid if process is not None else None

    def age_s(self, pid: int) -> float:
        try:
            fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        except OSError:
            return 0.0
        started_s = int(fields[STARTED_FIELD]) / os.sysconf("SC_CLK_TCK")
        return time.clock_gettime(time.CLOCK_BOOTTIME) - started_s

    def recovered_at_s(self, pid: int) -> float | None:
        for file in (self._house.state_dir / "ray").glob(f"sessions/session_2*/logs/worker-*-{pid}.*"):
            for line in file.read_text(errors="replace").splitlines():
                if '"event": "recovered"' in line:
                    return datetime.fromisoformat(json.loads(line)["timestamp"]).timestamp()
        return None

    def kill(self, name: str) -> None:
        os.kill(self._found(name), signal.SIGKILL)

    def pause(self, name: str) -> None:
        pid = self._paused[name] = self._found(name)
        os.kill(pid, signal.SIGSTOP)

    def resume(self, name: str) -> None:
        os.kill(self._paused.pop(name), signal.SIGCONT)

    async def start_successor(self, kind: Kind) -> "ShardOutsideRay":
        before = await self._owner(kind)
        successor = await ShardOutsideRay.start(Told(kind, self._told()), self._house.state_dir / "logs")
        async with asyncio.timeout(WHOLE_WITHIN_S):
            while await self._owner(kind) in (before, None):  # noqa: ASYNC110 - Postgres tells nobody
                await asyncio.sleep(LOOK_S)
        return successor

    async def empty_valkey(self) -> None:
        redis = Redis.from_url(self._told().redis_url.reveal())
        await redis.flushall()
        await redis.aclose()

    async def fill_disk(self) -> None:
        assert self._disk is not None
        await asyncio.to_thread(self._disk.fill)

    async def free_disk(self) -> None:
        assert self._disk is not None
        self._disk.free()

    async def kill_node(self) -> str:
        assert self._nodes is not None
        return self._nodes.kill_fullest()

    async def replace_node(self) -> None:
        assert self._nodes is not None
        await self._nodes.replace()

    async def restart_all(self) -> None:
        await self._house.kill()
        await self._house.start()

    async def whole(self) -> None:
        async with asyncio.timeout(WHOLE_WITHIN_S):
            while any(self.pid_of(name) is None for name in (*SHARDS, *self.gateways())):  # noqa: ASYNC110 - as above
                await asyncio.sleep(LOOK_S)
        await self._house.ready()

    def _ray_leaders(self) -> list[ProcessRecord]:
        if self._nodes is not None:
            return self._nodes.leaders
        record = ProcessBook(self._house.state_dir).read("ray")
        return [record] if record is not None else []

    def _found(self, name: str) -> int:
        pid = self.pid_of(name)
        if pid is None:
            raise EmbeddedError(f"There is no process {name} that a fault could strike.")
        return pid

    async def _owner(self, kind: Kind) -> str | None:
        """Which incarnation owns the first partition of a kind; None while the journal cannot be read."""
        try:
            heads = await self._journal.heads(kind)
        except StoreError:
            return None
        return heads[0].address if heads else None


class ShardOutsideRay:
    """A process of `scripts.chaos.successor`."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process

    @classmethod
    async def start(cls, told: Told, log_folder: Path) -> "ShardOutsideRay":
        with (log_folder / "successors.log").open("ab") as log:
            process = await asyncio.create_subprocess_exec(
                *(sys.executable, "-m", "scripts.chaos.successor"),
                cwd=CHECKOUT,
                stdin=asyncio.subprocess.PIPE,
                stdout=log,
                stderr=log,
            )
        assert process.stdin is not None
        process.stdin.write(msgspec.json.encode(told))
        await process.stdin.drain()
        process.stdin.close()
        return cls(process)

    async def ended(self) -> None:
        """It ends by itself; one that does not is ended, and that is an error."""
        try:
            async with asyncio.timeout(WHOLE_WITHIN_S):
                await self._process.wait()
        except TimeoutError:
            self._process.kill()
            raise EmbeddedError("A shard did not find out that it has a successor.") from None
