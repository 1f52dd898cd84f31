"""One gateway process: connects to everything, serves until it is cancelled, and says goodbye to everyone."""

import asyncio
import contextlib
import logging
import secrets
import ssl
from collections.abc import Callable

import structlog
from aiohttp import web
from redis.asyncio import Redis

from actors.client import HouseClient
from actors.garbage import collect_rarely
from persistence.postgres.accounts import PostgresAccounts
from persistence.postgres.journal import PostgresJournal
from persistence.postgres.notes import PostgresNotes
from persistence.postgres.pool import open_pool
from persistence.postgres.projections import PostgresProjections
from persistence.postgres.sessions import PostgresSessions
from persistence.postgres.tenants import PostgresTenants
from persistence.postgres.vault import PostgresVault
from web.app import build_app
from web.config import GatewayConfig
from web.services import Services
from web.shared import RedisShared

DATABASE_CONNECTIONS_MAX = 10
DIRECTORY_CONNECTIONS_MAX = 1
REDIS_TIMEOUT_S = 2.0
STOP_WITHIN_S = 2.0
"""How long requests may take to end after the websockets have been told to come back."""

log = structlog.get_logger(part="gateway")


async def serve(config: GatewayConfig, *, ready: Callable[[], None] | None = None) -> None:
    """Run until cancelled; `ready` is called once connections are accepted.

    Raises `StoreUnavailableError` if the database cannot be reached at the start. Redis and shards may come later:
    `/readyz` says what is missing.
    """
    async with contextlib.AsyncExitStack() as stack:
        pool = await open_pool(config.app_url.reveal(), connections_max=DATABASE_CONNECTIONS_MAX)
        stack.push_async_callback(pool.close)
        directory = await PostgresJournal.connect(
            config.journal_url.reveal(), connections_max=DIRECTORY_CONNECTIONS_MAX
        )
        stack.push_async_callback(directory.close)
        redis = Redis.from_url(
            config.redis_url.reveal(), socket_connect_timeout=REDIS_TIMEOUT_S, socket_timeout=REDIS_TIMEOUT_S
        )
        stack.push_async_callback(redis.aclose)
        shared = RedisShared(redis)
        hearing = asyncio.get_running_loop().create_task(shared.run())
        stack.push_async_callback(_cancelled, hearing)
        name = f"gateway-{config.port}-{secrets.token_hex(4)}"
        house = HouseClient(name, journal=directory, secret=config.cluster_secret)
        await house.start()
        stack.push_async_callback(house.stop)
        services = Services(
            config=config,
            house=house,
            shared=shared,
            tenants=PostgresTenants(pool),
            accounts=PostgresAccounts(pool),
            sessions=PostgresSessions(pool),
            projections=PostgresProjections(pool),
            vault=PostgresVault(pool),
            notes=PostgresNotes(pool),
        )
        runner = web.AppRunner(
            build_app(services), access_log=None, logger=_silent_logger(), shutdown_timeout=STOP_WITHIN_S
        )
        stack.push_async_callback(runner.cleanup)
        await runner.setup()
        await web.TCPSite(runner, config.host, config.port, ssl_context=_tls(config)).start()
        collect_rarely()
        log.info("serving", port=config.port)
        if ready is not None:
            ready()
        await asyncio.Event().wait()


def _silent_logger() -> logging.Logger:
    """For the HTTP parser: what it refuses comes from strangers, and it would quote what they sent."""
    logger = logging.getLogger("web.parser")
    logger.setLevel(logging.CRITICAL)
    return logger


def _tls(config: GatewayConfig) -> ssl.SSLContext | None:
    if config.tls_certificate_file is None:
        return None
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(config.tls_certificate_file, config.tls_key_file)
    return context


async def _cancelled(task: asyncio.Task[None]) -> None:
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
