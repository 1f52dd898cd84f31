"""Every open websocket of a gateway: ended when its session ends, and told to come back when the gateway stops."""

import asyncio
import random
from typing import Protocol

import structlog

from web.errors import DoorError
from web.protocol import CloseCode
from web.sessions import SessionKeeper, SignedIn

CHECK_SESSIONS_S = 15.0
"""How often the session of every open websocket is looked up: the net under a lost message that one has ended."""
COME_BACK_MS_MAX = 3_000
"""Clients of a gateway that stops come back spread over this time."""
PER_USER_MAX = 20
DRAIN_S = 4.0

log = structlog.get_logger(part="sockets")


class Connection(Protocol):
    """What the registry needs of a websocket."""

    @property
    def signed_in(self) -> SignedIn | None: ...

    def end(self, code: int, reason: str, *, retry_after_ms: int = 0) -> None: ...

    async def ended(self) -> None: ...


class Sockets:
    """The registry."""

    def __init__(self, sessions: SessionKeeper) -> None:
        self._sessions = sessions
        self._open: set[Connection] = set()
        self._by_token: dict[bytes, set[Connection]] = {}
        self._per_user: dict[tuple[str, str], int] = {}
        self.stopping = False

    def add(self, connection: Connection) -> None:
        """Raises `DoorError` if the user has too many, or the gateway stops."""
        signed_in = connection.signed_in
        if signed_in is not None:
            user = (signed_in.user.tenant_id, signed_in.user.user_id)
            if self._per_user.get(user, 0) >= PER_USER_MAX:
                raise DoorError("too_many")
            self._per_user[user] = self._per_user.get(user, 0) + 1
            self._by_token.setdefault(signed_in.token_hash, set()).add(connection)
        self._open.add(connection)

    def remove(self, connection: Connection) -> None:
        if connection not in self._open:
            return
        self._open.discard(connection)
        signed_in = connection.signed_in
        if signed_in is not None:
            user = (signed_in.user.tenant_id, signed_in.user.user_id)
            self._per_user[user] -= 1
            if not self._per_user[user]:
                del self._per_user[user]
            siblings = self._by_token[signed_in.token_hash]
            siblings.discard(connection)
            if not siblings:
                del self._by_token[signed_in.token_hash]

    def session_ended(self, token_hash: bytes) -> None:
        """End every websocket of a session, here or, by a message, anywhere."""
        self._sessions.ended_elsewhere(token_hash)
        for connection in list(self._by_token.get(token_hash, ())):
            connection.end(CloseCode.NOT_SIGNED_IN, "The session has ended; sign in again.")

    async def check_sessions(self) -> None:
        """Look every open session up again, for ever; sessions that expired or were revoked end."""
        while True:
            await asyncio.sleep(CHECK_SESSIONS_S)
            for token_hash, connections in list(self._by_token.items()):
                first = next(iter(connections), None)
                if first is None or first.signed_in is None:
                    continue
                try:
                    found = await self._sessions.check(first.signed_in.user.tenant_id, token_hash)
                except DoorError:
                    break  # without a database conversations go on
                if found is None:
                    self.session_ended(token_hash)

    async def drain(self) -> None:
        """Tell everyone to come back, and wait until they are gone or `DRAIN_S` is over."""
        self.stopping = True
        connections = list(self._open)
        for connection in connections:
            retry_after_ms = random.randrange(COME_BACK_MS_MAX)  # noqa: S311 - only spreads them
            connection.end(CloseCode.RESTART, "The gateway stops; connect again.", retry_after_ms=retry_after_ms)
        if connections:
            waits = [asyncio.ensure_future(connection.ended()) for connection in connections]
            _, late = await asyncio.wait(waits, timeout=DRAIN_S)
            for wait in late:
                wait.cancel()
            log.info("websockets drained", sockets=len(connections), late=len(late))
