"""The application: doors over services. Everything a test needs to stand one up without a network."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable

import structlog
from aiohttp import web

from web import health, middleware
from web.failures import log_defect
from web.pages import add_pages
from web.reference.door import add_reference
from web.rest.door import BODY_BYTES_MAX, add_operations
from web.rest.table import PREFIX
from web.services import GATEWAY, Gateway, Services
from web.sessions import ENDED_CHANNEL
from web.vault import ERASED_CHANNEL
from web.ws.door import WebsocketDoor

BEGIN_ANEW_S = 1.0

log = structlog.get_logger(part="app")


def build_app(services: Services) -> web.Application:
    """One gateway's application. Its background work runs between start-up and clean-up of the application."""
    app = web.Application(client_max_size=BODY_BYTES_MAX, middlewares=[middleware.count, middleware.refuse])
    app[GATEWAY] = Gateway(services)
    app.on_response_prepare.append(middleware.add_headers)
    app.on_shutdown.append(_drain)
    app.cleanup_ctx.append(_background)
    app.router.add_get("/healthz", health.healthz)
    app.router.add_get("/readyz", health.readyz)
    app.router.add_get("/metrics", health.metrics)
    app.router.add_get(f"{PREFIX}/ws", WebsocketDoor().open)
    add_operations(app)
    add_reference(app, services.config.public_url)
    add_pages(app, services.config.ui_dir)
    return app


async def _drain(app: web.Application) -> None:
    await app[GATEWAY].sockets.drain()


async def _background(app: web.Application) -> AsyncIterator[None]:
    gateway = app[GATEWAY]
    works = (gateway.vault.run_resolving, gateway.vault.run_reading, gateway.sockets.check_sessions)
    tasks = [asyncio.get_running_loop().create_task(_kept(work)) for work in works]
    await gateway.shared.listen(ENDED_CHANNEL, gateway.sockets.session_ended)
    await gateway.shared.listen(ERASED_CHANNEL, gateway.vault.erased_elsewhere)
    yield
    await gateway.live.close()
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    gateway.passwords.close()


async def _kept(work: Callable[[], Awaitable[None]]) -> None:
    """Work that never ends by itself; a defect in it is logged, and it begins anew."""
    while True:
        try:
            await work()
        except Exception as error:  # noqa: BLE001 - logged, and whoever waits goes on
            log_defect(log, "background work failed", error)
        await asyncio.sleep(BEGIN_ANEW_S)
