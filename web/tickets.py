"""One-time tickets: how a program opens a websocket without a cookie, and never with a secret in an address."""

import secrets
from collections.abc import Sequence
from hashlib import sha256

import msgspec

from engine.principals import Role
from web.errors import DoorError
from web.roles import User
from web.shared import Shared, SharedUnavailableError

TICKET_LIFETIME_S = 60
SECRET_BYTES = 32


class _Stored(msgspec.Struct, frozen=True):
    tenant_id: str
    user_id: str
    agent_ids: tuple[str, ...]


class Tickets:
    """Tickets in the shared store, by the hash of their secret."""

    def __init__(self, shared: Shared) -> None:
        self._shared = shared

    async def issue(self, user: User, agent_ids: Sequence[str]) -> str:
        """A ticket for one connection, in this user's tenant, for these agents. Raises `DoorError`."""
        secret = secrets.token_urlsafe(SECRET_BYTES)
        stored = _Stored(user.tenant_id, user.user_id, tuple(agent_ids))
        try:
            await self._shared.put(_key(secret), msgspec.msgpack.encode(stored), TICKET_LIFETIME_S)
        except SharedUnavailableError:
            raise DoorError("store_unavailable") from None
        return secret

    async def redeem(self, secret: str) -> User | None:
        """Whom the ticket lets in; None if it is unknown, used or too old. Raises `DoorError`."""
        try:
            value = await self._shared.take(_key(secret))
        except SharedUnavailableError:
            raise DoorError("store_unavailable") from None
        if value is None:
            return None
        stored = msgspec.msgpack.decode(value, type=_Stored)
        return User(stored.tenant_id, stored.user_id, Role.INTEGRATION, "", stored.agent_ids)


def _key(secret: str) -> str:
    return f"ticket:{sha256(secret.encode()).hexdigest()}"
