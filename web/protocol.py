"""The websocket protocol: what browsers and programs say, and what they hear. Two closed unions, one version.

A connection chooses its encoding by subprotocol: JSON as text messages, or MessagePack as binary ones. One message is
one frame, a map whose `type` names the frame. Unknown fields are refused in what comes in; clients ignore those that
they don't know in what goes out, so that fields may be added within a version.
"""

from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta

from engine.commands import COMMAND_LIFETIME_MS_MAX, Id, Label, Priority
from engine.skills import PROFICIENCY_MAX, PROFICIENCY_MIN

PROTOCOL_VERSION = 1
JSON_SUBPROTOCOL = "strowger.v1.json"
MSGPACK_SUBPROTOCOL = "strowger.v1.msgpack"
BATCH_SUBPROTOCOL = "strowger.v1.msgpack-batch"
"""As MessagePack, but every message is an array of frames: for programs that stand for many agents on one websocket."""
FRAME_BYTES_MAX = 64 * 1024
AGENTS_PER_SOCKET_MAX = 1_000
COMMAND_LIFETIME_MS = 10_000
"""A command without an expiry of its own expires after this time."""

OfferId = Annotated[str, Meta(min_length=1, max_length=100, pattern=r"^[A-Za-z0-9_.:/#-]+$(?!\n)")]
ExpiresInMs = Annotated[int, Meta(ge=1, le=COMMAND_LIFETIME_MS_MAX)]
AgentIds = Annotated[tuple[Id, ...], Meta(min_length=1, max_length=AGENTS_PER_SOCKET_MAX)]
Proficiency = Annotated[int, Meta(ge=PROFICIENCY_MIN, le=PROFICIENCY_MAX)]


class Need(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A skill that a call asks for, at this proficiency or better."""

    skill: Label
    proficiency: Proficiency = PROFICIENCY_MIN


class Caller(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Who calls: a telephone number in international form (+43 1 2345678) and, where it is known, a name."""

    number: Annotated[str, Meta(min_length=3, max_length=32)]
    name: Annotated[str, Meta(max_length=200)] = ""

    def __repr__(self) -> str:
        return "Caller(***)"


Needs = Annotated[tuple[Need, ...], Meta(max_length=20)]

# -- what clients say ------------------------------------------------------------------------------


class Hello(msgspec.Struct, frozen=True, tag="hello", forbid_unknown_fields=True):
    """The first frame of a connection without a session: its one-time ticket."""

    ticket: Annotated[str, Meta(min_length=1, max_length=200)]

    def __repr__(self) -> str:
        return "Hello(***)"


class AttachAgent(msgspec.Struct, frozen=True, tag="attach_agent", forbid_unknown_fields=True):
    """Be the softphone of these agents: hear of them, and keep them from counting as gone."""

    agent_ids: AgentIds


class Detach(msgspec.Struct, frozen=True, tag="detach", forbid_unknown_fields=True):
    """Stop being the softphone of these agents."""

    agent_ids: AgentIds


class SubscribeLive(msgspec.Struct, frozen=True, tag="subscribe_live", forbid_unknown_fields=True):
    """Follow the live picture of the clinic: one snapshot, then deltas; a snapshot again after every gap."""


class UnsubscribeLive(msgspec.Struct, frozen=True, tag="unsubscribe_live", forbid_unknown_fields=True):
    """Stop following the live picture."""


class WatchCall(msgspec.Struct, frozen=True, tag="watch_call", forbid_unknown_fields=True):
    """Hear of one call until it ends."""

    call_id: Id


class Ping(msgspec.Struct, frozen=True, tag="ping", forbid_unknown_fields=True):
    """Ask for a `pong` that repeats `nonce`."""

    nonce: Annotated[str, Meta(max_length=64)] = ""


class CommandFrame(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What every command has: an id that makes it safe to repeat, and the time after which it is worthless."""

    command_id: Id
    expires_in_ms: ExpiresInMs = COMMAND_LIFETIME_MS


class SetPresence(CommandFrame, frozen=True, kw_only=True, tag="set_presence", forbid_unknown_fields=True):
    """`agent_id` may be left out by an agent's own session, here and below."""

    presence: Literal["available", "away", "offline"]
    reason: Annotated[str, Meta(max_length=64, pattern=r"^[a-z0-9_-]*$(?!\n)")] = ""
    agent_id: Id | None = None


class AcceptOffer(CommandFrame, frozen=True, kw_only=True, tag="accept_offer", forbid_unknown_fields=True):
    offer_id: OfferId
    agent_id: Id | None = None


class DeclineOffer(CommandFrame, frozen=True, kw_only=True, tag="decline_offer", forbid_unknown_fields=True):
    offer_id: OfferId
    agent_id: Id | None = None


class CompleteWrapUp(CommandFrame, frozen=True, kw_only=True, tag="complete_wrap_up", forbid_unknown_fields=True):
    call_id: Id
    disposition: Label | None = None
    agent_id: Id | None = None


class HoldCall(CommandFrame, frozen=True, kw_only=True, tag="hold_call", forbid_unknown_fields=True):
    call_id: Id
    agent_id: Id | None = None


class ResumeCall(CommandFrame, frozen=True, kw_only=True, tag="resume_call", forbid_unknown_fields=True):
    call_id: Id
    agent_id: Id | None = None


class HangUpCall(CommandFrame, frozen=True, kw_only=True, tag="hang_up_call", forbid_unknown_fields=True):
    """With `agent_id`: that agent hangs up. Without: an agent's own session, or the caller's side of a door."""

    call_id: Id
    agent_id: Id | None = None


class EnqueueCall(CommandFrame, frozen=True, kw_only=True, tag="enqueue_call", forbid_unknown_fields=True):
    """Put a caller in line. `leased`: this connection keeps the caller alive; the call is lost without it."""

    call_id: Id
    queue_id: Id
    caller: Caller | None = None
    priority: Priority | None = None
    needs: Needs = ()
    leased: bool = False


class PrioritiseCall(CommandFrame, frozen=True, kw_only=True, tag="prioritise_call", forbid_unknown_fields=True):
    call_id: Id
    priority: Priority


AgentCommandFrame = SetPresence | AcceptOffer | DeclineOffer | CompleteWrapUp
CallCommandFrame = HoldCall | ResumeCall | HangUpCall | EnqueueCall | PrioritiseCall
AnyCommandFrame = AgentCommandFrame | CallCommandFrame
ClientFrame = Hello | AttachAgent | Detach | SubscribeLive | UnsubscribeLive | WatchCall | Ping | AnyCommandFrame

# -- what clients hear -----------------------------------------------------------------------------


class WelcomeUser(msgspec.Struct, frozen=True):
    """Who the connection belongs to. `agent_ids`: the agents that it may be the softphone of."""

    tenant_id: str
    user_id: str
    role: str
    display_name: str
    agent_ids: tuple[str, ...]


class Welcome(msgspec.Struct, frozen=True, tag="welcome"):
    """The first frame from the server."""

    protocol: int
    user: WelcomeUser
    server_time_ms: int
    heartbeat_s: float


class OutcomeFrame(msgspec.Struct, frozen=True, tag="outcome"):
    """What became of a command: `code` is `ok`, or says why not. `outcome_unknown`: send the same command again."""

    command_id: str
    code: str
    message: str = ""
    position: int | None = None
    ewt_s: float | None = None


class EngagementView(msgspec.Struct, frozen=True):
    """An agent's side of an offer. `until_ms`: the deadline of its ring or its wrap-up."""

    offer_id: str
    call_id: str
    queue_id: str
    state: str
    since_ms: int
    until_ms: int | None
    arrived_at_ms: int
    priority: int
    subject_id: str | None


class AgentView(msgspec.Struct, frozen=True, tag="agent"):
    """One agent as of now. Each frame replaces the one before; versions rise."""

    agent_id: str
    version: int
    presence: str
    base: str
    reason: str
    since_ms: int
    engagements: tuple[EngagementView, ...]


class CallView(msgspec.Struct, frozen=True, tag="call"):
    """One call as of now. Only `call_id` and `state` where it has ended. `position` (1 is next) while it waits."""

    call_id: str
    state: str
    version: int = 0
    queue_id: str | None = None
    subject_id: str | None = None
    agent_id: str | None = None
    priority: int | None = None
    arrived_at_ms: int | None = None
    answered_at_ms: int | None = None
    held_since_ms: int | None = None
    position: int | None = None
    ewt_s: float | None = None


class CallerNames(msgspec.Struct, frozen=True, tag="caller"):
    """Who a subject is, for the agent whose softphone it concerns."""

    subject_id: str
    number: str
    name: str

    def __repr__(self) -> str:
        return "CallerNames(***)"


class LiveSnapshot(msgspec.Struct, frozen=True, tag="live_snapshot"):
    """The whole live picture; `epoch` names the incarnation that `position` belongs to."""

    epoch: str
    position: int
    picture: Any


class LiveDelta(msgspec.Struct, frozen=True, tag="live_delta"):
    """What has changed since the frame before, of the same epoch."""

    epoch: str
    position: int
    delta: Any


class ErrorFrame(msgspec.Struct, frozen=True, tag="error"):
    """Something that was sent could not be done; the connection stays. `about`: the id that it is about."""

    code: str
    message: str
    field: str | None = None
    about: str | None = None


class Pong(msgspec.Struct, frozen=True, tag="pong"):
    nonce: str
    server_time_ms: int


class Closing(msgspec.Struct, frozen=True, tag="closing"):
    """The last frame: why the connection ends, and how long to wait before connecting again."""

    code: int
    reason: str
    retry_after_ms: int = 0


ServerFrame = (
    Welcome | OutcomeFrame | AgentView | CallView | CallerNames | LiveSnapshot | LiveDelta | ErrorFrame | Pong | Closing
)


class CloseCode:
    """Codes with which the server ends a connection; those from 4000 on are this protocol's own."""

    RESTART = 1012
    GARBAGE = 4400
    NOT_SIGNED_IN = 4401
    HELLO_LATE = 4408
    TOO_SLOW = 4413
    TOO_MANY = 4429
