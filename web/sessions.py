"""Who is signed in: a cookie on one side, the hash of its secret in Postgres on the other.

A session that was found is trusted for `CACHE_S`, so that a screen full of requests costs one look-up. Its end is told
to every gateway at once, and noticed by each within `CACHE_S` even if that message is lost.
"""

import secrets
import time
from hashlib import sha256

import msgspec
import structlog

from engine.principals import Role
from persistence.accounts import Account
from persistence.errors import StoreError
from persistence.sessions import Session, Sessions
from web.errors import DoorError
from web.expiring import ExpiringCache
from web.roles import User
from web.shared import Shared, SharedUnavailableError

COOKIE = "strowger_session"
LIFETIME_S = 12 * 3_600
"""How long a sign-in lasts: a long shift."""
CACHE_S = 5.0
SECRET_BYTES = 32
ENDED_CHANNEL = "sessions-ended"

log = structlog.get_logger(part="sessions")


class SignedIn(msgspec.Struct, frozen=True):
    """A valid session: whose it is, which one (by the hash of its secret), and until when."""

    user: User
    token_hash: bytes
    expires_at_ms: int


def now_ms() -> int:
    return time.time_ns() // 1_000_000


def user_of(account: Account) -> User:
    return User(
        tenant_id=account.tenant_id,
        user_id=account.user_id,
        role=Role(account.role),
        display_name=account.display_name,
        agent_ids=(account.agent_id,) if account.role == "agent" and account.agent_id is not None else (),
    )


class SessionKeeper:
    """Opens, finds and ends sessions."""

    def __init__(self, sessions: Sessions, shared: Shared) -> None:
        self._sessions = sessions
        self._shared = shared
        self._known: ExpiringCache[bytes, SignedIn] = ExpiringCache(CACHE_S)

    async def open(self, account: Account) -> str:
        """A new session; returns the cookie's value, which is kept nowhere."""
        secret = secrets.token_urlsafe(SECRET_BYTES)
        at_ms = now_ms()
        await self._sessions.create(
            account.tenant_id, account.user_id, _token_hash(secret), at_ms, at_ms + LIFETIME_S * 1_000
        )
        return f"{account.tenant_id}.{secret}"

    async def find(self, cookie: str | None) -> SignedIn | None:
        """The session behind a cookie, or None. Raises `DoorError` if the database cannot be asked."""
        tenant_id, separator, secret = (cookie or "").rpartition(".")
        if not separator or len(secret) > 200 or len(tenant_id) > 64:
            return None
        token_hash = _token_hash(secret)
        known = self._known.get(token_hash)
        if known is not None and known.user.tenant_id == tenant_id and known.expires_at_ms > now_ms():
            return known
        return await self.check(tenant_id, token_hash)

    async def check(self, tenant_id: str, token_hash: bytes) -> SignedIn | None:
        """Ask the database. Raises `DoorError` if it cannot be asked."""
        try:
            session = await self._sessions.find(tenant_id, token_hash, now_ms())
        except StoreError:
            raise DoorError("store_unavailable") from None
        if session is None:
            self._known.forget(token_hash)
            return None
        found = _signed_in(session, token_hash)
        self._known.put(token_hash, found)
        return found

    async def end(self, signed_in: SignedIn) -> None:
        """Sign out, here and at every other gateway."""
        await self._sessions.revoke(signed_in.user.tenant_id, signed_in.token_hash)
        self._known.forget(signed_in.token_hash)
        try:
            await self._shared.publish(ENDED_CHANNEL, signed_in.token_hash)
        except SharedUnavailableError:
            log.warning("other gateways notice the end of a session a little later")

    def ended_elsewhere(self, token_hash: bytes) -> None:
        self._known.forget(token_hash)


def _signed_in(session: Session, token_hash: bytes) -> SignedIn:
    return SignedIn(user_of(session.account), token_hash, session.expires_at_ms)


def _token_hash(secret: str) -> bytes:
    return sha256(secret.encode()).digest()
