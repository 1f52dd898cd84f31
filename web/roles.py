"""Who may do what: the one table of roles. Whose agent, whose call is the engine's business; whose clinic, nobody's:
every request stays in the tenant of its user.
"""

from enum import StrEnum

import msgspec

from engine.principals import Principal, Role
from web.errors import DoorError


class Action(StrEnum):
    """Everything that a door lets somebody do."""

    SESSION = "session"
    READ_QUEUES = "read_queues"
    CONFIGURE_QUEUE = "configure_queue"
    READ_AGENTS = "read_agents"
    CONFIGURE_AGENT = "configure_agent"
    SET_PRESENCE = "set_presence"
    ATTACH_AGENT = "attach_agent"
    ANSWER_OFFER = "answer_offer"
    WRAP_UP = "wrap_up"
    HOLD_CALL = "hold_call"
    HANG_UP_CALL = "hang_up_call"
    ENQUEUE_CALL = "enqueue_call"
    PRIORITISE_CALL = "prioritise_call"
    READ_CALLS = "read_calls"
    READ_CALL = "read_call"
    READ_NOTE = "read_note"
    WRITE_NOTE = "write_note"
    READ_RECORDS = "read_records"
    READ_CALLERS = "read_callers"
    ERASE_CALLER = "erase_caller"
    WATCH_LIVE = "watch_live"
    ISSUE_TICKET = "issue_ticket"
    READ_USERS = "read_users"
    CREATE_USER = "create_user"


_AGENT, _SUPERVISOR, _ADMINISTRATOR, _INTEGRATION = (
    Role.AGENT,
    Role.SUPERVISOR,
    Role.ADMINISTRATOR,
    Role.INTEGRATION,
)

ALLOWED: dict[Action, frozenset[Role]] = {
    Action.SESSION: frozenset({_AGENT, _SUPERVISOR, _ADMINISTRATOR}),
    Action.READ_QUEUES: frozenset({_AGENT, _SUPERVISOR, _ADMINISTRATOR}),
    Action.CONFIGURE_QUEUE: frozenset({_ADMINISTRATOR}),
    Action.READ_AGENTS: frozenset({_SUPERVISOR, _ADMINISTRATOR}),
    Action.CONFIGURE_AGENT: frozenset({_ADMINISTRATOR}),
    Action.SET_PRESENCE: frozenset({_AGENT, _SUPERVISOR, _ADMINISTRATOR, _INTEGRATION}),
    Action.ATTACH_AGENT: frozenset({_AGENT, _INTEGRATION}),
    Action.ANSWER_OFFER: frozenset({_AGENT, _INTEGRATION}),
    Action.WRAP_UP: frozenset({_AGENT, _INTEGRATION}),
    Action.HOLD_CALL: frozenset({_AGENT, _INTEGRATION}),
    Action.HANG_UP_CALL: frozenset({_AGENT, _SUPERVISOR, _ADMINISTRATOR, _INTEGRATION}),
    Action.ENQUEUE_CALL: frozenset({_ADMINISTRATOR, _INTEGRATION}),
    Action.PRIORITISE_CALL: frozenset({_SUPERVISOR, _ADMINISTRATOR}),
    Action.READ_CALLS: frozenset({_SUPERVISOR, _ADMINISTRATOR}),
    Action.READ_CALL: frozenset({_AGENT, _SUPERVISOR, _ADMINISTRATOR, _INTEGRATION}),
    Action.READ_NOTE: frozenset({_AGENT, _SUPERVISOR}),
    Action.WRITE_NOTE: frozenset({_AGENT, _SUPERVISOR}),
    Action.READ_RECORDS: frozenset({_SUPERVISOR, _ADMINISTRATOR}),
    Action.READ_CALLERS: frozenset({_SUPERVISOR, _ADMINISTRATOR}),
    Action.ERASE_CALLER: frozenset({_ADMINISTRATOR}),
    Action.WATCH_LIVE: frozenset({_SUPERVISOR, _ADMINISTRATOR}),
    Action.ISSUE_TICKET: frozenset({_ADMINISTRATOR}),
    Action.READ_USERS: frozenset({_ADMINISTRATOR}),
    Action.CREATE_USER: frozenset({_ADMINISTRATOR}),
}
"""An integration is a connection that was opened with a ticket; agents only see their own calls."""


class User(msgspec.Struct, frozen=True):
    """Who stands at the door. `agent_ids`: the agents for whom they may act as the softphone."""

    tenant_id: str
    user_id: str
    role: Role
    display_name: str
    agent_ids: tuple[str, ...]

    def __repr__(self) -> str:
        return f"User(tenant_id={self.tenant_id!r}, user_id={self.user_id!r}, role={self.role.value!r})"

    @property
    def own_agent_id(self) -> str | None:
        """The agent that an agent's session stands for."""
        return self.agent_ids[0] if self.role is Role.AGENT and self.agent_ids else None

    @property
    def principal(self) -> Principal:
        """As whom they act when it is not as a softphone."""
        return Principal(self.role, self.own_agent_id or self.user_id)


def check(user: User, action: Action) -> None:
    """Raises `DoorError` if the user's role does not allow this."""
    if user.role not in ALLOWED[action]:
        raise DoorError("forbidden")


def acting_agent(user: User, agent_id: str | None) -> str:
    """The agent for whom this user acts as the softphone: the one that is named, or their own.

    Raises `DoorError`: none is named, or it is not one of theirs.
    """
    chosen = agent_id or user.own_agent_id
    if chosen is None:
        raise DoorError("invalid", field="agent_id", message="Name the agent for whom this is done in agent_id.")
    if chosen not in user.agent_ids:
        raise DoorError("forbidden")
    return chosen
