"""How often a sign-in may fail: per clinic and login, and per address. Counted for all gateways together.

What is counted is named by keyed hashes, because a login is a person's. While the shared store is away every gateway
counts for itself.
"""

import hmac
from hashlib import sha256

from web.errors import DoorError
from web.shared import LocalCounters, Shared, SharedUnavailableError

WINDOW_S = 900
LOGIN_FAILURES_MAX = 10
ADDRESS_FAILURES_MAX = 100
"""A whole clinic may sit behind one address."""


class SignInThrottle:
    """Every attempt counts as failed until it has succeeded, so that attempts at once cannot slip through."""

    def __init__(self, shared: Shared, hash_key: bytes) -> None:
        self._shared = shared
        self._hash_key = hash_key
        self._local = LocalCounters()

    async def begin(self, clinic: str, login: str, address: str) -> None:
        """Count an attempt. Raises `DoorError` with the seconds to wait if there were too many."""
        for key, limit in self._limits(clinic, login, address):
            count, left_s = await self._count(key)
            if count > limit:
                raise DoorError("rate_limited", retry_after_s=left_s)

    async def succeeded(self, clinic: str, login: str, address: str) -> None:
        """The attempt was none of those that are limited."""
        (login_key, _), (address_key, _) = self._limits(clinic, login, address)
        self._local.forget(login_key)
        self._local.uncount(address_key)
        try:
            await self._shared.forget(login_key)
            await self._shared.uncount(address_key, WINDOW_S)
        except SharedUnavailableError:
            return

    async def _count(self, key: str) -> tuple[int, int]:
        try:
            return await self._shared.count(key, WINDOW_S)
        except SharedUnavailableError:
            return self._local.count(key, WINDOW_S)

    def _limits(self, clinic: str, login: str, address: str) -> tuple[tuple[str, int], tuple[str, int]]:
        return (
            (f"sign-in:{self._hash('login', clinic, login)}", LOGIN_FAILURES_MAX),
            (f"sign-in:{self._hash('address', address)}", ADDRESS_FAILURES_MAX),
        )

    def _hash(self, *parts: str) -> str:
        return hmac.new(self._hash_key, "\0".join(parts).encode(), sha256).hexdigest()[:32]
