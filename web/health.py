"""Is it alive, can it serve, and if not, what is missing."""

import asyncio

import msgspec
from aiohttp import web

from persistence.errors import StoreError
from web.services import GATEWAY, Gateway
from web.shared import SharedUnavailableError

CHECK_WITHIN_S = 1.5
OK = "ok"
UNREACHABLE = "unreachable"


class Readiness(msgspec.Struct, frozen=True):
    """Each part is `ok` or `unreachable`; `ready` if all are."""

    ready: bool
    database: str
    redis: str
    shards: str


async def healthz(_request: web.Request) -> web.Response:
    return web.Response(text="alive\n")


async def readyz(request: web.Request) -> web.Response:
    gateway = request.app[GATEWAY]
    database, redis = await asyncio.gather(_database(gateway), _redis(gateway))
    shards = OK if gateway.house.ready else UNREACHABLE
    ready = (database, redis, shards) == (OK, OK, OK) and not gateway.sockets.stopping
    readiness = Readiness(ready, database, redis, shards)
    return web.Response(
        status=200 if ready else 503, body=msgspec.json.encode(readiness), content_type="application/json"
    )


async def metrics(request: web.Request) -> web.Response:
    gateway = request.app[GATEWAY]
    return web.Response(body=gateway.metrics.page(), headers={"Content-Type": gateway.metrics.content_type})


async def _database(gateway: Gateway) -> str:
    try:
        async with asyncio.timeout(CHECK_WITHIN_S):
            await gateway.tenants.get("readiness")
    except (StoreError, TimeoutError):
        return UNREACHABLE
    return OK


async def _redis(gateway: Gateway) -> str:
    try:
        async with asyncio.timeout(CHECK_WITHIN_S):
            await gateway.shared.ping()
    except (SharedUnavailableError, TimeoutError):
        return UNREACHABLE
    return OK
