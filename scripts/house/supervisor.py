"""The foreground supervisor: starts the whole in order, keeps it alive, and stops exactly what it started.

Order of a start: Postgres, Redis and Ray together; then shards and gateways together; then the question to every
gateway whether it can serve. Order of a stop: gateways, so that nobody is let in; shards, which drain; servers.
"""

import asyncio
from collections.abc import Callable

import msgspec
import structlog

from scripts.compose import Addresses, cluster_config, gateway_config
from scripts.embedded.errors import EmbeddedError
from scripts.embedded.locks import HeldLock
from scripts.embedded.ports import port_is_free
from scripts.embedded.processes import ProcessBook, stop_session
from scripts.house.children import Child
from scripts.house.keep import keep_child
from scripts.house.readiness import wait_until_ready
from scripts.house.screen import Steps
from scripts.house.servers import Servers
from scripts.house.threads import in_thread
from scripts.secrets_file import Secrets
from scripts.settings import Settings

SHARDS_START_WITHIN_S = 60.0
SHARDS_STOP_WITHIN_S = 20.0
READY_WITHIN_S = 60.0
GATEWAY_STOP_WITHIN_S = 10.0
EMBEDDED = frozenset({"postgres", "valkey", "ray"})

log = structlog.get_logger("supervisor")


class House:
    """One run of the whole. `start`, then `keep` until cancelled, then `stop`, which is safe at any moment."""

    def __init__(self, settings: Settings, secrets: Secrets) -> None:
        self._settings = settings
        self._secrets = secrets
        self._lock = HeldLock(settings.state_dir / "run.lock", "Strowger")
        self._servers = Servers(settings, secrets)
        self._gateways: list[Child] = []
        self._shards_started = False

    @property
    def servers(self) -> Servers:
        return self._servers

    @property
    def gateway_urls(self) -> list[str]:
        """Where each gateway answers on this machine."""
        scheme = "https" if self._settings.tls_certificate_file else "http"
        host = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}.get(self._settings.host, self._settings.host)  # noqa: S104
        return [f"{scheme}://{host}:{self._settings.port + number}" for number in range(self._settings.gateways)]

    def take_lock(self) -> None:
        """Refuse, by naming the process, where another run uses this state folder."""
        self._lock.take()

    async def start_servers(self, steps: Steps) -> Addresses:
        """Clear away what a killed run left, and start what everything else stands on."""
        self.take_lock()
        await in_thread(self._stop_leftovers)
        self._refuse_taken_ports()
        await self._servers.start(steps)
        return self._servers.addresses

    async def start_doors(self, steps: Steps) -> None:
        """Start shards and gateways, and return once every gateway says that it can serve."""
        addresses = self._servers.addresses
        self._gateways = [self._gateway(number, addresses) for number in range(self._settings.gateways)]
        for gateway in self._gateways:
            await gateway.start()
        with steps.step("Shards"):
            await self._start_shards()
        with steps.step("Gateways") as say:
            await asyncio.gather(
                *(self._until_ready(*pair, say) for pair in zip(self._gateways, self.gateway_urls, strict=True))
            )

    async def keep(self) -> None:
        """Start again whatever ends, until cancelled."""
        async with asyncio.TaskGroup() as jobs:
            for keeper in self._servers.keepers(after_ray=self._start_shards):
                jobs.create_task(keeper)
            for gateway in self._gateways:
                jobs.create_task(keep_child(gateway))

    async def stop(self, say: Callable[[str], None]) -> None:
        """Stop what this run started, in order."""
        if self._gateways:
            say("gateways")
            await asyncio.gather(*(gateway.stop(wait_s=GATEWAY_STOP_WITHIN_S) for gateway in self._gateways))
        if self._shards_started and (self._servers.ray is None or self._servers.ray.pid is not None):
            say("shards")
            try:
                await self._run_shards_command("stop", limit_s=SHARDS_STOP_WITHIN_S)
            except EmbeddedError as error:
                log.warning("shards did not stop in order", reason=str(error))
        say("servers")
        await self._servers.stop()
        self._lock.release()

    def _stop_leftovers(self) -> None:
        """Stop the gateways of a run that was killed; the embedded servers stop their own leftovers."""
        book = ProcessBook(self._settings.state_dir)
        for record in book.all():
            if record.name not in EMBEDDED:
                stop_session(record, wait_s=GATEWAY_STOP_WITHIN_S)
                book.forget(record.name)

    def _refuse_taken_ports(self) -> None:
        for number in range(self._settings.gateways):
            port = self._settings.port + number
            if not port_is_free(self._settings.host, port):
                raise EmbeddedError(
                    f"Port {port} of {self._settings.host} is taken; stop what listens there, or set STROWGER_PORT."
                )

    def _gateway(self, number: int, addresses: Addresses) -> Child:
        name = f"gateway-{number}"
        log_file = self._settings.state_dir / "logs" / f"{name}.jsonl"
        told = msgspec.json.encode(gateway_config(self._settings, self._secrets, addresses, number=number))
        arguments = ["gateway", "--config-from-stdin", "--log-file", str(log_file.absolute())]
        return Child(name, arguments, state_dir=self._settings.state_dir, told=told)

    async def _start_shards(self) -> None:
        self._shards_started = True
        await self._run_shards_command("start", limit_s=SHARDS_START_WITHIN_S)

    async def _run_shards_command(self, what: str, *, limit_s: float) -> None:
        """In a process of its own: it is a driver of Ray, and those end when their Ray does."""
        addresses = self._servers.addresses
        told = msgspec.json.encode(cluster_config(self._settings, self._secrets, addresses))
        arguments = ["shards", what, "--config-from-stdin", "--ray-address", addresses.ray_address]
        child = Child(f"shards-{what}", arguments, state_dir=self._settings.state_dir, told=told)
        await child.run_to_end(addresses.ray_environment, limit_s=limit_s)

    async def _until_ready(self, gateway: Child, url: str, say: Callable[[str], None]) -> None:
        """Wait for its yes, or for its early end."""
        ready = asyncio.ensure_future(wait_until_ready(url, limit_s=READY_WITHIN_S, say=say))
        ended = asyncio.ensure_future(gateway.wait())
        try:
            await asyncio.wait([ready, ended], return_when=asyncio.FIRST_COMPLETED)
            if not ready.done():
                raise EmbeddedError(f"{gateway.name} ended early; {gateway.log_file} says:\n{gateway.log_tail()}")
            ready.result()
        finally:
            for task in (ready, ended):
                task.cancel()
            await asyncio.gather(ready, ended, return_exceptions=True)
