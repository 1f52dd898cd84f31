"""What REST takes and gives, as JSON. The engine has the last word on every setting; these limits say it earlier."""

from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from engine.agent import Presence
from engine.call import CallState
from engine.commands import Id, Label, Priority
from engine.principals import Role
from engine.settings import DAY_S, PRIORITY_CREDIT_S_MAX, PRIORITY_MIN, TIER_LEVEL_MAX, TIER_POSITION_MAX, Strategy
from persistence.accounts import Role as AccountRole
from web.protocol import AGENTS_PER_SOCKET_MAX, Caller, EngagementView, Needs, Proficiency

PAGE_ITEMS_MAX = 200
NOTE_CHARACTERS_MAX = 4_000
PASSWORD_CHARACTERS_MIN = 10
PASSWORD_CHARACTERS_MAX = 1_000

Name = Annotated[str, Meta(min_length=1, max_length=100, pattern=r"\S")]
Login = Annotated[str, Meta(min_length=1, max_length=200, pattern=r"^[^\s\x00]+$")]
DisplayName = Annotated[str, Meta(min_length=1, max_length=200, pattern=r"^[^\x00]*\S[^\x00]*$")]
Share = Annotated[float, Meta(gt=0, le=1)]
Limit = Annotated[int, Meta(ge=1, le=PAGE_ITEMS_MAX)]
UpTo10Min = Annotated[float, Meta(ge=0, le=600)]

# -- signing in ------------------------------------------------------------------------------------


class Credentials(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Who signs in. `clinic` is its short name."""

    clinic: Annotated[str, Meta(min_length=1, max_length=63, pattern=r"^[^\x00]+$")]
    login: Annotated[str, Meta(min_length=1, max_length=200, pattern=r"^[^\x00]+$")]
    password: Annotated[str, Meta(min_length=1, max_length=PASSWORD_CHARACTERS_MAX)]

    def __repr__(self) -> str:
        return "Credentials(***)"


class CurrentUser(msgspec.Struct, frozen=True):
    """Who is signed in. `agent_id`: the agent whose calls they take."""

    tenant_id: str
    user_id: str
    role: Role
    display_name: str
    agent_id: str | None


class CurrentSession(msgspec.Struct, frozen=True):
    """A session, valid until `expires_at_ms`."""

    user: CurrentUser
    expires_at_ms: int


# -- queues and agents -----------------------------------------------------------------------------


class QueueSettingsBody(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Everything that is set for a queue; what is left out gets its default. Durations in seconds.

    `priority_credit_s`: null lets a higher priority pass every lower one; a number makes each point of priority worth
    so many seconds of waiting, for calls that arrive from now on.
    """

    name: Name
    strategy: Strategy = Strategy.LONGEST_IDLE
    needs: Needs = ()
    priority: Priority = PRIORITY_MIN
    priority_credit_s: Annotated[float, Meta(ge=0, le=PRIORITY_CREDIT_S_MAX)] | None = None
    offer_timeout_s: Annotated[float, Meta(gt=0, le=600)] = 20.0
    wrap_up_s: Annotated[float, Meta(ge=0, le=3_600)] = 30.0
    disposition_required: bool = False
    sla_threshold_s: Annotated[float, Meta(gt=0, le=DAY_S)] = 20.0
    sla_target: Share = 0.8
    short_abandon_s: UpTo10Min = 5.0
    length_max: Annotated[int, Meta(ge=1, le=100_000)] = 5_000
    rona_away_after: Annotated[int, Meta(ge=1, le=100)] = 2
    rest_after_decline_s: UpTo10Min = 5.0


class Queue(msgspec.Struct, frozen=True):
    """A queue with its settings."""

    queue_id: str
    name: str
    strategy: Strategy
    needs: Needs
    priority: int
    priority_credit_s: float | None
    offer_timeout_s: float
    wrap_up_s: float
    disposition_required: bool
    sla_threshold_s: float
    sla_target: float
    short_abandon_s: float
    length_max: int
    rona_away_after: int
    rest_after_decline_s: float


class Queues(msgspec.Struct, frozen=True):
    """A page, ordered by id; `next` is the `after` of the page that follows, if there is one."""

    queues: tuple[Queue, ...]
    next: str | None


class TierBody(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Where an agent stands in a queue: lower levels are asked first, positions order the agents of one level."""

    level: Annotated[int, Meta(ge=1, le=TIER_LEVEL_MAX)] = 1
    position: Annotated[int, Meta(ge=1, le=TIER_POSITION_MAX)] = 1


class AgentSettingsBody(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Which queues an agent serves and where they stand in each (`tiers`, by queue), what they can do (skill to
    proficiency), and how many calls at once.
    """

    queues: Annotated[tuple[Id, ...], Meta(max_length=200)] = ()
    skills: Annotated[dict[Label, Proficiency], Meta(max_length=200)] = {}
    capacity: Annotated[int, Meta(ge=1, le=20)] = 1
    tiers: Annotated[dict[Id, TierBody], Meta(max_length=200)] = {}


class AgentSettingsView(msgspec.Struct, frozen=True):
    """An agent's settings, as they are now."""

    agent_id: str
    queues: tuple[str, ...]
    skills: dict[str, int]
    capacity: int
    tiers: dict[str, TierBody]


class AgentStatus(msgspec.Struct, frozen=True):
    """An agent as of now: settings, presence, and the offers and calls they hold."""

    agent_id: str
    queues: tuple[str, ...]
    skills: dict[str, int]
    capacity: int
    version: int
    presence: Presence
    base: Presence
    reason: str
    since_ms: int
    engagements: tuple[EngagementView, ...]


class Agents(msgspec.Struct, frozen=True):
    """A page, ordered by id; `next` is the `after` of the page that follows, if there is one."""

    agents: tuple[AgentStatus, ...]
    next: str | None


class PresenceBody(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What an agent chooses to be; during a call it takes effect afterwards."""

    presence: Literal["available", "away", "offline"]
    reason: Annotated[str, Meta(max_length=64, pattern=r"^[a-z0-9_-]*$")] = ""


# -- calls -----------------------------------------------------------------------------------------


class NewCall(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A caller to be put in line. Without `call_id` one is made from the idempotency key."""

    queue_id: Id
    call_id: Id | None = None
    caller: Caller | None = None
    priority: Priority | None = None
    needs: Needs = ()


class QueuedCall(msgspec.Struct, frozen=True):
    """The call is in line: 1 is next. `ewt_s`: estimated wait in seconds, null while nothing is known."""

    call_id: str
    position: int | None
    ewt_s: float | None


class CallerView(msgspec.Struct, frozen=True):
    """Who calls, for those who may see it."""

    number: str
    name: str

    def __repr__(self) -> str:
        return "CallerView(***)"


class CallStatus(msgspec.Struct, frozen=True):
    """A live call. Times in Unix milliseconds."""

    call_id: str
    queue_id: str
    state: CallState
    version: int
    priority: int
    needs: Needs
    channel: str
    arrived_at_ms: int
    answered_at_ms: int | None
    held_since_ms: int | None
    attempts: int
    agent_id: str | None
    subject_id: str | None
    caller: CallerView | None


class Calls(msgspec.Struct, frozen=True):
    """A page, ordered by id; `next` is the `after` of the page that follows, if there is one."""

    calls: tuple[CallStatus, ...]
    next: str | None


class PriorityBody(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    priority: Priority


class Done(msgspec.Struct, frozen=True):
    """The command was carried out and is durable."""

    command_id: str


class NoteBody(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What is noted of a call. `version`: of the note that this one replaces, 0 where there is none."""

    text: Annotated[str, Meta(max_length=NOTE_CHARACTERS_MAX)]
    version: Annotated[int, Meta(ge=0, lt=2**31 - 1)]

    def __repr__(self) -> str:
        return f"NoteBody(version={self.version!r})"


class NoteView(msgspec.Struct, frozen=True):
    """The note of a call: empty, of version 0 and by nobody where nothing was noted. `written_by`: a user's id."""

    call_id: str
    text: str
    version: int
    written_by: str | None
    written_at_ms: int | None

    def __repr__(self) -> str:
        return f"NoteView(call_id={self.call_id!r}, version={self.version!r})"


class CallRecordView(msgspec.Struct, frozen=True):
    """An ended call. Times in Unix milliseconds."""

    call_id: str
    queue_id: str
    agent_id: str | None
    priority: int
    arrived_at_ms: int
    first_offered_at_ms: int | None
    answered_at_ms: int | None
    ended_at_ms: int
    wait_ms: int
    talk_ms: int
    hold_ms: int
    offers: int
    outcome: str
    ended_by: str
    subject_id: str | None
    caller: CallerView | None


class CallRecords(msgspec.Struct, frozen=True):
    """A page, the last ended first; `next` is the `before` of the page that follows, if there is one."""

    call_records: tuple[CallRecordView, ...]
    next: str | None


class Callers(msgspec.Struct, frozen=True):
    """Subjects by id; those who don't exist or were erased are missing."""

    callers: dict[str, CallerView]


# -- who may enter ---------------------------------------------------------------------------------


class TicketBody(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The agents whose softphones the connection may be."""

    agent_ids: Annotated[tuple[Id, ...], Meta(max_length=AGENTS_PER_SOCKET_MAX)] = ()


class Ticket(msgspec.Struct, frozen=True):
    """Send it once, in the first frame of a websocket, before it expires."""

    ticket: str
    expires_in_s: int

    def __repr__(self) -> str:
        return "Ticket(***)"


class NewUser(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Somebody who may sign in. An agent needs the `agent_id` of the calls that they take."""

    login: Login
    password: Annotated[str, Meta(min_length=PASSWORD_CHARACTERS_MIN, max_length=PASSWORD_CHARACTERS_MAX)]
    role: AccountRole
    display_name: DisplayName
    agent_id: Id | None = None

    def __repr__(self) -> str:
        return f"NewUser(role={self.role!r})"


class UserView(msgspec.Struct, frozen=True):
    """Somebody who may sign in."""

    user_id: str
    login: str
    role: AccountRole
    display_name: str
    agent_id: str | None
    active: bool

    def __repr__(self) -> str:
        return f"UserView(user_id={self.user_id!r})"


class Users(msgspec.Struct, frozen=True):
    """Everybody who may sign in, by login."""

    users: tuple[UserView, ...]


# -- queries ---------------------------------------------------------------------------------------


class Page(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A page of what is ordered by id: it begins behind `after`."""

    after: Annotated[str, Meta(max_length=64, pattern=r"^[A-Za-z0-9_.:-]*$")] = ""
    limit: Limit = PAGE_ITEMS_MAX


class RecordsPage(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A page of call records: `before` is the `next` of the page before."""

    queue_id: Id | None = None
    before: Annotated[str, Meta(max_length=200, pattern=r"^[A-Za-z0-9_-]+$")] | None = None
    limit: Limit = 50


class CallersQuery(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Subject ids, separated by commas."""

    ids: Annotated[str, Meta(min_length=1, max_length=4_000, pattern=r"^[A-Za-z0-9_.:-]+(,[A-Za-z0-9_.:-]+)*$")]


class NoQuery(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Nothing may be asked for."""
