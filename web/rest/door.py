"""The way of every REST request: who asks, may they, is it well-formed; then its handler."""

import asyncio
import secrets
from typing import Any

import msgspec
from aiohttp import web

from engine.commands import Id
from web.errors import DoorError, from_validation
from web.protocol import FRAME_BYTES_MAX
from web.rest.operation import Ask, Operation, Reply
from web.rest.table import OPERATIONS, PREFIX
from web.roles import check
from web.services import GATEWAY, Gateway
from web.sessions import COOKIE, LIFETIME_S, SignedIn

BODY_BYTES_MAX = FRAME_BYTES_MAX
BODY_TIMEOUT_S = 10.0
IDEMPOTENCY_HEADER = "Idempotency-Key"
OPERATION_KEY: web.RequestKey[str] = web.RequestKey("operation", str)

_encoder = msgspec.json.Encoder()


def add_operations(app: web.Application) -> None:
    """Give every operation of the table its route."""
    for operation in OPERATIONS:
        app.router.add_route(operation.method, PREFIX + operation.path, _Door(operation).answer)


class _Door:
    """One operation as aiohttp calls it."""

    def __init__(self, operation: Operation) -> None:
        self._operation = operation
        body = operation.body
        self._decoder = msgspec.json.Decoder(body) if body is not None else None

    async def answer(self, request: web.Request) -> web.Response:
        operation, gateway = self._operation, request.app[GATEWAY]
        request[OPERATION_KEY] = operation.operation_id
        ask: Ask[Any, Any] = Ask(
            gateway=gateway,
            signed_in=await self._who(gateway, request),
            path=_path(request),
            query=_query(request, operation),
            command_id=_command_id(request),
            body=await self._body(request),
            address=gateway.addresses.client_of(request),
        )
        return _response(gateway, operation, await operation.handler(ask))

    async def _who(self, gateway: Gateway, request: web.Request) -> SignedIn | None:
        action = self._operation.action
        if action is None:
            return None
        signed_in = await gateway.sessions.find(request.cookies.get(COOKIE))
        if signed_in is None:
            raise DoorError("not_signed_in")
        check(signed_in.user, action)
        return signed_in

    async def _body(self, request: web.Request) -> msgspec.Struct | None:
        if self._decoder is None:
            return None
        if request.content_type != "application/json":
            raise DoorError("unsupported_media_type")
        try:
            async with asyncio.timeout(BODY_TIMEOUT_S):
                payload = await request.read()
        except TimeoutError:
            raise DoorError("slow_body") from None
        try:
            return self._decoder.decode(payload)
        except msgspec.ValidationError as error:
            raise from_validation(error) from None
        except (msgspec.DecodeError, UnicodeDecodeError):
            raise DoorError("malformed") from None


def _path(request: web.Request) -> dict[str, str]:
    path = dict(request.match_info)
    for name, value in path.items():
        _checked(value, Id, name)
    return path


def _query(request: web.Request, operation: Operation) -> msgspec.Struct:
    query: dict[str, str] = {}
    for name, value in request.query.items():
        if name in query:
            raise DoorError("invalid", field=name, message="Give this parameter once.")
        query[name] = value
    try:
        return msgspec.convert(query, operation.query, strict=False)
    except msgspec.ValidationError as error:
        raise from_validation(error) from None


def _command_id(request: web.Request) -> str:
    key = request.headers.get(IDEMPOTENCY_HEADER)
    return secrets.token_hex(16) if key is None else _checked(key, Id, IDEMPOTENCY_HEADER)


def _checked(value: str, shape: Any, field: str) -> str:
    try:
        checked: str = msgspec.convert(value, shape)
    except msgspec.ValidationError as error:
        raise DoorError("invalid", field=field, message=f"{from_validation(error).message}") from None
    return checked


def _response(gateway: Gateway, operation: Operation, reply: Reply) -> web.Response:
    if reply.body is None:
        response = web.Response(status=operation.status)
    else:
        payload = _encoder.encode(reply.body)
        response = web.Response(status=operation.status, body=payload, content_type="application/json")
    if reply.cookie is not None:
        response.set_cookie(
            COOKIE,
            reply.cookie,
            max_age=LIFETIME_S if reply.cookie else 0,
            path="/",
            secure=gateway.addresses.secure,
            httponly=True,
            samesite="Strict",
        )
    return response
