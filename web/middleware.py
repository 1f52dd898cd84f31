"""What happens around every request: it is counted, its failures get their form, its answer gets its headers."""

import time
from collections.abc import Awaitable, Callable

import msgspec
import structlog
from aiohttp import web

from actors.questions import UnavailableError
from persistence.errors import StoreError
from web.errors import DoorError, body_of
from web.failures import log_defect
from web.rest.door import OPERATION_KEY
from web.services import GATEWAY
from web.shared import SharedUnavailableError

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
READING = frozenset({"GET", "HEAD", "OPTIONS"})
HSTS_S = 180 * 86_400

log = structlog.get_logger(part="http")
_encoder = msgspec.json.Encoder()


@web.middleware
async def count(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Metrics know operations, not addresses, so that their number is bounded."""
    metrics = request.app[GATEWAY].metrics
    started = time.perf_counter()
    response = await handler(request)
    operation = request.get(OPERATION_KEY, "other")
    if response.status != 101:
        metrics.requests.labels(operation, str(response.status)).inc()
        metrics.request_seconds.labels(operation).observe(time.perf_counter() - started)
    return response


@web.middleware
async def refuse(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Every failure becomes the one form of an error; what nobody foresaw is logged by its place, not its content."""
    try:
        if request.method not in READING:
            request.app[GATEWAY].addresses.check_origin(request)
        return await handler(request)
    except DoorError as error:
        return error_response(error)
    except UnavailableError:
        return error_response(DoorError("outcome_unknown"))
    except (StoreError, SharedUnavailableError) as error:
        log.warning("store unavailable", error=type(error).__name__, operation=request.get(OPERATION_KEY, "other"))
        return error_response(DoorError("store_unavailable"))
    except web.HTTPException as error:
        return _of_aiohttp(error)
    except Exception as error:  # noqa: BLE001 - logged, and whoever waits goes on
        operation = request.get(OPERATION_KEY, "other")
        log_defect(log, "request failed", error, operation=operation)
        return error_response(DoorError("internal"))


async def add_headers(request: web.Request, response: web.StreamResponse) -> None:
    """Security headers on every answer."""
    gateway = request.app[GATEWAY]
    headers = response.headers
    headers.setdefault("Content-Security-Policy", content_security_policy(gateway.addresses.public_origin))
    headers["Server"] = "strowger"
    headers["X-Content-Type-Options"] = "nosniff"
    headers["X-Frame-Options"] = "DENY"
    headers["Referrer-Policy"] = "no-referrer"
    headers["Cross-Origin-Opener-Policy"] = "same-origin"
    headers["Cross-Origin-Resource-Policy"] = "same-origin"
    headers["Permissions-Policy"] = "microphone=(self), camera=(), geolocation=()"
    if gateway.addresses.secure:
        headers["Strict-Transport-Security"] = f"max-age={HSTS_S}"
    headers.setdefault("Cache-Control", "no-store")


def content_security_policy(public_origin: str) -> str:
    """Everything from this house alone. Styles may stand in the page, because component libraries put them there."""
    sockets = public_origin.replace("http", "ws", 1)
    return "; ".join(
        [
            "default-src 'self'",
            f"connect-src 'self' {sockets}",
            "style-src 'self' 'unsafe-inline'",
            "img-src 'self' data: blob:",
            "media-src 'self' blob: mediastream:",
            "font-src 'self' data:",
            "worker-src 'self' blob:",
            "object-src 'none'",
            "base-uri 'none'",
            "form-action 'self'",
            "frame-ancestors 'none'",
        ]
    )


def error_response(error: DoorError) -> web.Response:
    headers = {"Retry-After": str(error.retry_after_s)} if error.retry_after_s is not None else None
    payload = _encoder.encode(body_of(error))
    return web.Response(status=error.status, body=payload, content_type="application/json", headers=headers)


def _of_aiohttp(error: web.HTTPException) -> web.StreamResponse:
    match error:
        case web.HTTPRequestEntityTooLarge():
            return error_response(DoorError("too_large"))
        case web.HTTPMethodNotAllowed():
            response = error_response(DoorError("method_not_allowed"))
            response.headers["Allow"] = error.headers.get("Allow", "")
            return response
        case web.HTTPNotFound():
            return error_response(DoorError("not_found"))
        case web.HTTPRedirection():
            raise error
        case _:
            return error_response(DoorError("malformed" if error.status < 500 else "internal"))
