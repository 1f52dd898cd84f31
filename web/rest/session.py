"""Signing in and out."""

from web.errors import DoorError
from web.passwords import TooManyChecksError, needs_new_hash
from web.resources import Credentials, CurrentSession, CurrentUser, NoQuery
from web.rest.operation import Ask, Operation, Reply
from web.roles import Action, User
from web.sessions import LIFETIME_S, now_ms, user_of


async def sign_in(ask: Ask[Credentials, NoQuery]) -> Reply:
    """Take a password, give a cookie. Wrong clinics, logins and passwords get the same answer in the same time."""
    gateway, said = ask.gateway, ask.body
    try:
        await gateway.throttle.begin(said.clinic, said.login, ask.address)
    except DoorError:
        gateway.metrics.sign_ins.labels("limited").inc()
        raise
    tenant = await gateway.tenants.find_by_slug(said.clinic)
    account = await gateway.accounts.find_by_login(tenant.tenant_id, said.login) if tenant is not None else None
    try:
        fits = await gateway.passwords.verify(account.password_hash if account is not None else None, said.password)
    except TooManyChecksError:
        raise DoorError("overloaded") from None
    if account is None or not fits or not account.active:
        gateway.metrics.sign_ins.labels("wrong").inc()
        raise DoorError("wrong_credentials")
    await gateway.throttle.succeeded(said.clinic, said.login, ask.address)
    if needs_new_hash(account.password_hash):
        new_hash = await gateway.passwords.hash(said.password)
        await gateway.accounts.set_password_hash(account.tenant_id, account.user_id, new_hash)
    cookie = await gateway.sessions.open(account)
    gateway.metrics.sign_ins.labels("right").inc()
    return Reply(_session(user_of(account), now_ms() + LIFETIME_S * 1_000), cookie)


async def show(ask: Ask[None, NoQuery]) -> Reply:
    assert ask.signed_in is not None
    return Reply(_session(ask.user, ask.signed_in.expires_at_ms))


async def sign_out(ask: Ask[None, NoQuery]) -> Reply:
    signed_in = ask.signed_in
    assert signed_in is not None
    await ask.gateway.sessions.end(signed_in)
    ask.gateway.sockets.session_ended(signed_in.token_hash)
    return Reply(cookie="")


def _session(user: User, expires_at_ms: int) -> CurrentSession:
    current = CurrentUser(user.tenant_id, user.user_id, user.role, user.display_name, user.own_agent_id)
    return CurrentSession(current, expires_at_ms)


OPERATIONS = (
    Operation(
        operation_id="sign_in",
        method="POST",
        path="/session",
        summary="Sign in; the answer sets the session's cookie.",
        tag="Session",
        action=None,
        handler=sign_in,
        body=Credentials,
        reply=CurrentSession,
        errors=("wrong_credentials", "rate_limited", "overloaded"),
    ),
    Operation(
        operation_id="get_session",
        method="GET",
        path="/session",
        summary="Who is signed in.",
        tag="Session",
        action=Action.SESSION,
        handler=show,
        reply=CurrentSession,
    ),
    Operation(
        operation_id="sign_out",
        method="DELETE",
        path="/session",
        summary="Sign out.",
        tag="Session",
        action=Action.SESSION,
        handler=sign_out,
        status=204,
    ),
)
