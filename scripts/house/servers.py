"""Postgres, Redis and Ray of one installation: embedded ones are started, kept and stopped, named ones only used."""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any

from persistence.migrate import migrate
from scripts.compose import (
    Addresses,
    DatabaseAddresses,
    embedded_database,
    embedded_postgres,
    named_database,
    named_ray_environment,
    named_redis,
)
from scripts.embedded.ray_head import EmbeddedRay
from scripts.embedded.valkey import EmbeddedValkey
from scripts.house.keep import keep_server
from scripts.house.screen import Steps
from scripts.house.threads import in_thread
from scripts.secrets_file import Secrets
from scripts.settings import Settings


class Servers:
    """What the shards and gateways stand on."""

    def __init__(self, settings: Settings, secrets: Secrets) -> None:
        folder = settings.state_dir
        self._settings = settings
        self._secrets = secrets
        self.postgres = embedded_postgres(settings) if settings.embedded_postgres else None
        self.valkey = EmbeddedValkey(folder) if settings.redis_url is None else None
        self.ray = EmbeddedRay(folder) if settings.ray_address is None else None

    async def start(self, steps: Steps) -> None:
        """Start what is embedded, all at the same time, and bring the database to today's schema."""
        results = await asyncio.gather(
            self._start_database(steps), self._start_valkey(steps), self._start_ray(steps), return_exceptions=True
        )
        for result in results:
            if isinstance(result, BaseException):
                raise result

    async def stop(self) -> None:
        """Stop the embedded ones; the database last, for everything else may still write to it."""
        for server in (self.ray, self.valkey, self.postgres):
            if server is not None:
                await in_thread(server.stop)

    @property
    def addresses(self) -> Addresses:
        return Addresses(
            database=self.database,
            redis_url=self.valkey.redis_url if self.valkey else named_redis(self._settings),
            ray_address=self.ray.address if self.ray else self._settings.ray_address or "",
            ray_environment=self.ray.client_environment if self.ray else named_ray_environment(),
        )

    @property
    def database(self) -> DatabaseAddresses:
        if self.postgres is not None:
            return embedded_database(self.postgres)
        return named_database(self._settings, self._secrets)

    def keepers(self, *, after_ray: Callable[[], Awaitable[None]]) -> list[Coroutine[Any, Any, None]]:
        """Endless jobs that start the embedded servers again when they end."""
        jobs = []
        if self.postgres is not None:
            jobs.append(keep_server("postgres", self.postgres))
        if self.valkey is not None:
            jobs.append(keep_server("valkey", self.valkey))
        if self.ray is not None:
            jobs.append(keep_server("ray", self.ray, after_ray))
        return jobs

    async def _start_database(self, steps: Steps) -> None:
        with steps.step("Postgres") as say:
            if self.postgres is not None:
                await in_thread(self.postgres.start)
            addresses = self.database
            if addresses.owner_url is not None:
                await migrate(
                    addresses.owner_url,
                    app_password=addresses.app_password,
                    journal_password=addresses.journal_password,
                    on_step=say,
                )

    async def _start_valkey(self, steps: Steps) -> None:
        if self.valkey is not None:
            with steps.step("Redis"):
                await in_thread(self.valkey.start)

    async def _start_ray(self, steps: Steps) -> None:
        if self.ray is not None:
            with steps.step("Ray"):
                await in_thread(self.ray.start)
