"""Ray, and nothing but Ray: makes the shard actors, names them, finds them, shows their numbers.

Actors are detached and named (`queue-0`, `agent-0`, `router-0`, `supervisor-0` ...) in one namespace, so that they
outlive whoever started them and read well in the dashboard. Ray restarts one that dies, by running `__init__` again and
nothing else; so a shard starts itself from there. No frequent message passes through Ray.
"""

import asyncio
import os
import time
from collections.abc import Awaitable, Callable
from typing import Any

import ray
import structlog
from ray.util.metrics import Gauge

from actors.config import ClusterConfig, ShardConfig
from actors.process import STATISTICS_S, ShardProcess
from persistence.journal import Kind

READY_TIMEOUT_S = 60.0
EXIT_CORE_LOOP_ENDED = 70

_log = structlog.get_logger(part="cluster")


class ShardActor:
    """A Ray actor that hosts one shard process. The subclasses only give it a name in the dashboard."""

    kind: Kind

    def __init__(self, index: int, count: int, config: ShardConfig) -> None:
        _log_as_json(config.log_level)
        self._process = ShardProcess(self.kind, index, count, config)
        self._gauges: dict[str, Gauge] = {}
        self._core = asyncio.get_running_loop().create_task(self._live())
        self._numbers = asyncio.get_running_loop().create_task(self._report())

    def __repr__(self) -> str:
        return self._process.name

    async def describe(self) -> dict[str, Any]:
        """Name, address, partitions, commits, what waits: for the dashboard and for `strowger doctor`."""
        return self._process.describe() | {"pid": os.getpid()}

    async def drain(self) -> None:
        """Stop serving. Ray may end the process afterwards."""
        self._process.drain()
        await asyncio.wait([self._core], timeout=5.0)

    async def _live(self) -> None:
        """A core loop that ended without `drain` ends the process, so that Ray starts a new one."""
        try:
            await self._process.run()
        except Exception as error:  # noqa: BLE001 - whatever it was, this process is of no use any more
            _log.exception("shard died", shard=self._process.name, error=type(error).__name__)
            os._exit(EXIT_CORE_LOOP_ENDED)
        if not self._process.draining:
            _log.warning("shard owns nothing any more", shard=self._process.name)
            os._exit(EXIT_CORE_LOOP_ENDED)

    async def _report(self) -> None:
        """Numbers of this shard as metrics of Ray."""
        while True:
            await asyncio.sleep(STATISTICS_S)
            for key, value in self._process.describe().items():
                if isinstance(value, int | float):
                    gauge = self._gauges.get(key)
                    if gauge is None:
                        gauge = self._gauges[key] = Gauge(f"strowger_{key}", tag_keys=("shard",))
                        gauge.set_default_tags({"shard": self._process.name})
                    gauge.set(float(value))


class QueueActor(ShardActor):
    """Queues and calls: the last word on every call."""

    kind = Kind.QUEUE


class AgentActor(ShardActor):
    """Agents: presence, the offers they hold, wrap-up."""

    kind = Kind.AGENT


class RouterActor(ShardActor):
    """Proposes who gets whom."""

    kind = Kind.ROUTER


class SupervisorActor(ShardActor):
    """The live picture, running figures, call records."""

    kind = Kind.SUPERVISOR


def start_cluster(config: ClusterConfig, *, ray_address: str, namespace: str) -> None:
    """Make every shard actor anew and wait until each serves. Raises `TimeoutError` naming those that do not."""
    _connect(ray_address, namespace)
    counts = {
        QueueActor: config.queue_shards,
        AgentActor: config.agent_shards,
        RouterActor: config.router_shards,
        SupervisorActor: config.supervisor_shards,
    }
    made: dict[str, Any] = {}
    for cls, count in counts.items():
        for index in range(count):
            name = f"{cls.kind.value}-{index}"
            _end(name)
            remote = ray.remote(cls).options(
                name=name,
                lifetime="detached",
                max_restarts=-1,
                num_cpus=0,
                max_concurrency=100,
                scheduling_strategy="SPREAD",
            )
            made[name] = remote.remote(index, count, config.shard)
    _wait_until_they_serve(made)


def stop_cluster(*, ray_address: str, namespace: str) -> None:
    """Drain and end every shard actor of the namespace."""
    _connect(ray_address, namespace)
    names = [one["name"] for one in ray.util.list_named_actors(all_namespaces=True) if one["namespace"] == namespace]
    actors = [ray.get_actor(name) for name in names]
    if actors:
        ray.wait([actor.drain.remote() for actor in actors], num_returns=len(actors), timeout=10.0)
    for actor in actors:
        ray.kill(actor, no_restart=True)


def describe_cluster(*, ray_address: str, namespace: str) -> list[dict[str, Any]]:
    """What every shard says of itself; one that does not answer says why."""
    _connect(ray_address, namespace)
    said: list[dict[str, Any]] = []
    for one in ray.util.list_named_actors(all_namespaces=True):
        if one["namespace"] == namespace:
            try:
                actor: Any = ray.get_actor(one["name"])
                said.append(ray.get(actor.describe.remote(), timeout=5.0))
            except (ray.exceptions.RayError, TimeoutError) as error:
                said.append({"name": one["name"], "error": type(error).__name__})
    return said


def _log_as_json(level: str) -> None:
    """One JSON object a line, which Ray keeps in the log file of the process."""
    structlog.configure(
        wrapper_class=structlog.make_filtering_bound_logger(level),
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            structlog.processors.JSONRenderer(),
        ],
    )


def _connect(ray_address: str, namespace: str) -> None:
    if not ray.is_initialized():
        ray.init(address=ray_address, namespace=namespace, log_to_driver=False, configure_logging=False)


def _end(name: str) -> None:
    """End an actor of an earlier start: it was told other settings."""
    try:
        ray.kill(ray.get_actor(name), no_restart=True)
    except ValueError:
        return


def _wait_until_they_serve(made: dict[str, Any]) -> None:
    waiting = dict(made)
    for _ in range(round(READY_TIMEOUT_S * 4)):
        for name in list(waiting):
            try:
                if ray.get(waiting[name].describe.remote(), timeout=READY_TIMEOUT_S).get("ready"):
                    del waiting[name]
            except ray.exceptions.RayError:
                _log.warning("shard not up yet", shard=name)
        if not waiting:
            return
        time.sleep(0.25)
    raise TimeoutError(f"these shards did not come up: {', '.join(waiting)}; see the Ray logs in the state folder")


class Yardstick:
    """An actor that does nothing, to measure what a Ray call costs."""

    async def nothing(self) -> None:
        return


def open_ray_yardstick(*, ray_address: str, namespace: str) -> Callable[[], Awaitable[object]]:
    """An operation that makes one call to an idle actor. The actor ends with the process that measures."""
    _connect(ray_address, namespace)
    actor: Any = ray.remote(Yardstick).options(num_cpus=0).remote()

    async def call() -> object:
        return await actor.nothing.remote()

    return call
