"""Who may enter: users, and one-time tickets for programs."""

import secrets

from persistence.accounts import Account, login_key
from persistence.errors import ConflictError
from web.errors import DoorError
from web.passwords import TooManyChecksError
from web.resources import NewUser, NoQuery, Ticket, TicketBody, Users, UserView
from web.rest.operation import Ask, Operation, Reply
from web.roles import Action
from web.tickets import TICKET_LIFETIME_S


async def list_users(ask: Ask[None, NoQuery]) -> Reply:
    accounts = await ask.gateway.accounts.list(ask.user.tenant_id)
    return Reply(Users(tuple(map(_view, accounts))))


async def create_user(ask: Ask[NewUser, NoQuery]) -> Reply:
    said = ask.body
    if said.role == "agent" and said.agent_id is None:
        raise DoorError("invalid", field="agent_id", message="Name the agent whose calls this user takes.")
    try:
        password_hash = await ask.gateway.passwords.hash(said.password)
    except TooManyChecksError:
        raise DoorError("overloaded") from None
    account = Account(
        tenant_id=ask.user.tenant_id,
        user_id=secrets.token_hex(8),
        login=login_key(said.login),
        password_hash=password_hash,
        role=said.role,
        agent_id=said.agent_id,
        display_name=said.display_name,
        active=True,
    )
    try:
        await ask.gateway.accounts.create(account)
    except ConflictError:
        raise DoorError("login_taken") from None
    return Reply(_view(account))


async def issue_ticket(ask: Ask[TicketBody, NoQuery]) -> Reply:
    return Reply(Ticket(await ask.gateway.tickets.issue(ask.user, ask.body.agent_ids), TICKET_LIFETIME_S))


def _view(account: Account) -> UserView:
    return UserView(
        account.user_id, account.login, account.role, account.display_name, account.agent_id, account.active
    )


OPERATIONS = (
    Operation(
        operation_id="list_users",
        method="GET",
        path="/users",
        summary="Everybody who may sign in, by login.",
        tag="Users",
        action=Action.READ_USERS,
        handler=list_users,
        reply=Users,
    ),
    Operation(
        operation_id="create_user",
        method="POST",
        path="/users",
        summary="Let somebody in.",
        tag="Users",
        action=Action.CREATE_USER,
        handler=create_user,
        body=NewUser,
        reply=UserView,
        status=201,
        errors=("login_taken", "overloaded"),
    ),
    Operation(
        operation_id="create_ticket",
        method="POST",
        path="/tickets",
        summary="A one-time ticket, with which a program opens a websocket.",
        tag="Users",
        action=Action.ISSUE_TICKET,
        handler=issue_ticket,
        body=TicketBody,
        reply=Ticket,
        status=201,
    ),
)
