"""Accounts: the people of a tenant who may enter, and what they may do there."""

from typing import Literal, Protocol

import msgspec

Role = Literal["agent", "supervisor", "administrator"]


class Account(msgspec.Struct, frozen=True):
    """One person's way in. `login` is kept in lower case; `agent_id` names the agent whose calls they take."""

    tenant_id: str
    user_id: str
    login: str
    password_hash: str
    role: Role
    agent_id: str | None
    display_name: str
    active: bool

    def __repr__(self) -> str:
        """Say which account it is, and neither the person nor the password."""
        return f"Account(tenant_id={self.tenant_id!r}, user_id={self.user_id!r}, role={self.role!r})"


def login_key(login: str) -> str:
    """The form in which a login is stored and looked up, so that capitals and stray spaces don't matter."""
    return login.strip().lower()


class Accounts(Protocol):
    """Every method may raise `StoreUnavailableError`; those that change one account, `NotFoundError`."""

    async def create(self, account: Account) -> None:
        """Raises `ConflictError` if the user id, the login or the agent is taken in this tenant."""

    async def find_by_login(self, tenant_id: str, login: str) -> Account | None: ...

    async def get(self, tenant_id: str, user_id: str) -> Account | None: ...

    async def list(self, tenant_id: str) -> list[Account]:
        """All accounts of a tenant by login."""

    async def count(self, tenant_id: str) -> int: ...

    async def set_password_hash(self, tenant_id: str, user_id: str, password_hash: str) -> None: ...

    async def set_active(self, tenant_id: str, user_id: str, *, active: bool) -> None:
        """An account that is not active has no valid session."""
