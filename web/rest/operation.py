"""One REST operation: what it takes, who may ask for it, what it can answer. The table of them is the API."""

from collections.abc import Awaitable, Callable
from typing import Any, Generic, TypeVar

import msgspec

from engine.commands import AgentCommand, Command, Outcome, QueueCommand
from engine.principals import Principal
from web.errors import error_of
from web.metrics import tag_of
from web.protocol import COMMAND_LIFETIME_MS
from web.resources import NoQuery
from web.roles import Action, User
from web.services import Gateway
from web.sessions import SignedIn, now_ms

B = TypeVar("B")
Q = TypeVar("Q")

COMMAND_ERRORS = ("unknown_tenant", "expired", "overloaded", "unavailable", "outcome_unknown")
"""What every command can be refused for."""


class Ask(msgspec.Struct, Generic[B, Q], frozen=True):
    """One request, checked: who asks, and what."""

    gateway: Gateway
    signed_in: SignedIn | None
    path: dict[str, str]
    body: B
    query: Q
    command_id: str
    address: str

    @property
    def user(self) -> User:
        """Who asks. Only operations that need no session are handled without one."""
        assert self.signed_in is not None
        return self.signed_in.user

    async def execute(self, body: QueueCommand | AgentCommand, principal: Principal) -> Outcome:
        """Carry out a command. Raises `DoorError` if it is refused, `UnavailableError` if that is not known."""
        user = self.user
        command = Command(user.tenant_id, self.command_id, now_ms() + COMMAND_LIFETIME_MS, principal, body)
        with self.gateway.metrics.command_seconds.time():
            outcome = await self.gateway.house.execute(command, timeout_s=COMMAND_LIFETIME_MS / 1_000)
        self.gateway.metrics.commands[tag_of(type(body)), outcome.code].inc()
        if not outcome.ok:
            raise error_of(outcome)
        return outcome


class Reply(msgspec.Struct, frozen=True):
    """What is answered: a value of the operation's `reply` type, and a cookie to set (empty: to take away)."""

    body: msgspec.Struct | None = None
    cookie: str | None = None


class Operation(msgspec.Struct, frozen=True, kw_only=True):
    """One row of the API's table. `action` None: open to everybody. `errors`: codes beyond those that are implied."""

    operation_id: str
    method: str
    path: str
    summary: str
    tag: str
    action: Action | None
    handler: Callable[[Any], Awaitable[Reply]]
    body: type[msgspec.Struct] | None = None
    query: type[msgspec.Struct] = NoQuery
    reply: type[msgspec.Struct] | None = None
    status: int = 200
    errors: tuple[str, ...] = ()
    is_command: bool = False

    @property
    def path_parameters(self) -> tuple[str, ...]:
        return tuple(part[1:-1] for part in self.path.split("/") if part.startswith("{"))

    @property
    def all_errors(self) -> tuple[str, ...]:
        """Every code that this operation can answer with."""
        implied = ["internal", "store_unavailable", "invalid", "wrong_origin"]
        if self.action is not None:
            implied += ["not_signed_in", "forbidden"]
        if self.body is not None:
            implied += ["malformed", "too_large", "slow_body", "unsupported_media_type"]
        if self.is_command:
            implied += [*COMMAND_ERRORS]
        return tuple(dict.fromkeys([*implied, *self.errors]))
