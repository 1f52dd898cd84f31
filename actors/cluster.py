"""Ray, and nothing but Ray: makes the shard actors, names them, finds them, shows their numbers.

Actors are detached and named (`queue-0`, `agent-0`, `router-0`, `supervisor-0` ...) in one namespace, so that they
outlive whoever started them and read well in the dashboard. Ray restarts one that dies, by running `__init__` again and
nothing else; so a shard starts itself from there. No frequent message passes through Ray.
"""

import asyncio
import contextlib
import os
import time
from collections.abc import Awaitable, Callable
from typing import Any

import ray
import structlog
from ray.util.metrics import Gauge

from actors.config import ClusterConfig, ShardConfig
from actors.garbage import collect_rarely
from actors.process import STATISTICS_S, ShardProcess
from persistence.journal import Kind

READY_TIMEOUT_S = 60.0
DRAIN_WITHIN_S = 10.0
EXIT_CORE_LOOP_ENDED = 70
SHARD_CPUS = 0.001
"""Next to nothing, but not nothing: Ray then places no shard on a head that was started with `--num-cpus=0`, and a
cluster can lose any node that holds shards without losing its control store.
"""

READERS_FIRST = (Kind.SUPERVISOR, Kind.ROUTER, Kind.AGENT, Kind.QUEUE)

NICENESS = {Kind.SUPERVISOR: 5}
"""What shows calls yields to what moves them when a host runs short of processors (`nice`, 0 where not named)."""

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
        collect_rarely()
        os.nice(NICENESS.get(self.kind, 0))
        try:
            await self._process.run()
        except Exception as error:  # noqa: BLE001 - whatever it was, this process is of no use any more
            _log.exception("shard died", shard=self._process.name, error=type(error).__name__)
            os._exit(EXIT_CORE_LOOP_ENDED)
        if not self._process.draining:
            _log.warning("shard does not own all that it should", shard=self._process.name)
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
    made: dict[str, Any] = {}
    for cls, index, count in _planned(config):
        name = _name(cls, index)
        _end(name)
        made[name] = _make(cls, index, count, config)
    _wait_until_they_serve(made)


def roll_cluster(config: ClusterConfig, *, ray_address: str, namespace: str, say: Callable[[str], None]) -> None:
    """Replace the shard actors one at a time under load, each when the one before it serves again.

    Who only reads the journal comes before who writes it, so that nobody meets an event that they do not know. `say`
    hears the name of each shard when its turn comes. Raises `TimeoutError` naming a shard that does not come up; those
    after it then still run as they were.
    """
    _connect(ray_address, namespace)
    planned = sorted(_planned(config), key=lambda one: READERS_FIRST.index(one[0].kind))
    for cls, index, count in planned:
        name = _name(cls, index)
        say(name)
        _drain_and_end([name])
        _wait_until_they_serve({name: _make(cls, index, count, config)})
    wanted = {_name(cls, index) for cls, index, _ in planned}
    _drain_and_end([name for name in _names(namespace) if name not in wanted])


def stop_cluster(*, ray_address: str, namespace: str) -> None:
    """Drain and end every shard actor of the namespace."""
    _connect(ray_address, namespace)
    _drain_and_end(_names(namespace))


def describe_cluster(*, ray_address: str, namespace: str) -> list[dict[str, Any]]:
    """What every shard says of itself; one that does not answer says why."""
    _connect(ray_address, namespace)
    said: list[dict[str, Any]] = []
    for name in _names(namespace):
        try:
            actor: Any = ray.get_actor(name)
            said.append(ray.get(actor.describe.remote(), timeout=5.0))
        except (ray.exceptions.RayError, TimeoutError) as error:
            said.append({"name": name, "error": type(error).__name__})
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


def _planned(config: ClusterConfig) -> list[tuple[type[ShardActor], int, int]]:
    """Every shard there shall be: its class, its index, and how many of its kind there are."""
    counts = {
        QueueActor: config.queue_shards,
        AgentActor: config.agent_shards,
        RouterActor: config.router_shards,
        SupervisorActor: config.supervisor_shards,
    }
    return [(cls, index, count) for cls, count in counts.items() for index in range(count)]


def _name(cls: type[ShardActor], index: int) -> str:
    return f"{cls.kind.value}-{index}"


def _names(namespace: str) -> list[str]:
    """The shards that there are."""
    return [one["name"] for one in ray.util.list_named_actors(all_namespaces=True) if one["namespace"] == namespace]


def _make(cls: type[ShardActor], index: int, count: int, config: ClusterConfig) -> Any:
    remote = ray.remote(cls).options(
        name=_name(cls, index),
        lifetime="detached",
        max_restarts=-1,
        num_cpus=SHARD_CPUS,
        max_concurrency=100,
        scheduling_strategy="SPREAD",
    )
    return remote.remote(index, count, config.shard)


def _end(name: str) -> None:
    """End an actor of an earlier start: it was told other settings."""
    try:
        ray.kill(ray.get_actor(name), no_restart=True)
    except ValueError:
        return


def _drain_and_end(names: list[str]) -> None:
    """End actors once they have let go what they were doing, or after `DRAIN_WITHIN_S`."""
    actors = []
    for name in names:
        with contextlib.suppress(ValueError):  # there is none of this name
            actors.append(ray.get_actor(name))
    if actors:
        ray.wait([actor.drain.remote() for actor in actors], num_returns=len(actors), timeout=DRAIN_WITHIN_S)
    for actor in actors:
        ray.kill(actor, no_restart=True)


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
