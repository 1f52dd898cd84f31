"""Sessions: who is signed in. Durable, so that no restart signs anybody out.

Only the hash of a session's token is stored: whoever reads the table cannot become anybody.
"""

from typing import Protocol

import msgspec

from persistence.accounts import Account


class Session(msgspec.Struct, frozen=True):
    """One sign-in and the account behind it, as it is now."""

    account: Account
    created_at_ms: int
    expires_at_ms: int


class Sessions(Protocol):
    """Every method may raise `StoreUnavailableError`."""

    async def create(
        self, tenant_id: str, user_id: str, token_hash: bytes, created_at_ms: int, expires_at_ms: int
    ) -> None:
        """Raises `NotFoundError` if there is no such user, `ConflictError` if the token is taken."""

    async def find(self, tenant_id: str, token_hash: bytes, now_ms: int) -> Session | None:
        """The session, unless it has expired (at `expires_at_ms` sharp) or its account is not active."""

    async def revoke(self, tenant_id: str, token_hash: bytes) -> bool:
        """End one session; False if there was none."""

    async def revoke_all_for_user(self, tenant_id: str, user_id: str) -> int:
        """End every session of a user and say how many."""

    async def purge_expired(self, tenant_id: str, now_ms: int) -> int:
        """Delete what has expired and say how many."""
