"""Facts about calls, queues and agents, in the past tense: one closed union per stream.

Events carry ids and numbers, never names, telephone numbers or free text. `at_ms` (Unix time, milliseconds, by the
owner's clock) and the cause stand in the surrounding `Fact`.
"""

from enum import StrEnum

import msgspec

from engine.principals import Principal
from engine.settings import AgentSettings, QueueSettings
from engine.skills import SkillNeed
from engine.upcasters import FIRST_VERSION, JOURNAL_VERSION, upcast, written_in


class OfferEnd(StrEnum):
    """Why an offer ended without a conversation."""

    DECLINED = "declined"
    RANG_OUT = "rang_out"
    DENIED = "denied"
    WITHDRAWN = "withdrawn"
    DISCONNECTED = "disconnected"
    EXPIRED = "expired"


class OfferTerms(msgspec.Struct, frozen=True, array_like=True):
    """What the queue's settings mean for the agent who takes this offer, as they were when it was made."""

    wrap_up_s: float
    disposition_required: bool
    rona_away_after: int
    rest_after_decline_s: float


class QueueConfigured(msgspec.Struct, frozen=True, tag="queue_configured"):
    settings: QueueSettings


class CallQueued(msgspec.Struct, frozen=True, tag="call_queued"):
    """`credit_ms`: what a point of priority was worth in waiting when the call came; None: priority makes classes."""

    call_id: str
    queue_id: str
    subject_id: str | None
    channel: str
    priority: int
    needs: tuple[SkillNeed, ...]
    leased: bool
    credit_ms: int | None = None


class CallOffered(msgspec.Struct, frozen=True, tag="call_offered"):
    """An offer group opened: one offer for single ring. `terms` freeze the settings that govern it."""

    call_id: str
    offer_id: str
    agent_id: str
    deadline_ms: int
    terms: OfferTerms


class OfferClosed(msgspec.Struct, frozen=True, tag="offer_closed"):
    """The call is back in its place. `release`: the agent's owner has yet to be told."""

    call_id: str
    offer_id: str
    reason: OfferEnd
    release: bool


class CallConnected(msgspec.Struct, frozen=True, tag="call_connected"):
    call_id: str
    offer_id: str


class CallHeld(msgspec.Struct, frozen=True, tag="call_held"):
    call_id: str


class CallResumed(msgspec.Struct, frozen=True, tag="call_resumed"):
    call_id: str


class CallPrioritised(msgspec.Struct, frozen=True, tag="call_prioritised"):
    call_id: str
    priority: int


class CallOutcome(StrEnum):
    """How a call ended: after a conversation, by the caller in line, or because its door fell silent."""

    ANSWERED = "answered"
    ABANDONED = "abandoned"
    LOST = "lost"


class CallSummary(msgspec.Struct, frozen=True, array_like=True):
    """All that records and metrics need of a call that is over. Times in Unix milliseconds, `hold_ms` a duration."""

    queue_id: str
    subject_id: str | None
    agent_id: str | None
    offer_id: str | None
    priority: int
    attempts: int
    arrived_at_ms: int
    first_offered_at_ms: int | None
    answered_at_ms: int | None
    hold_ms: int


class CallEnded(msgspec.Struct, frozen=True, tag="call_ended"):
    """The one terminal event. `release`: an agent holds an offer or a conversation of it and has yet to be told."""

    call_id: str
    outcome: CallOutcome
    release: bool
    summary: CallSummary


class CallTombstoned(msgspec.Struct, frozen=True, tag="call_tombstoned"):
    """A hang-up came before its call; an `EnqueueCall` that follows is refused until `until_ms`."""

    call_id: str
    until_ms: int


class ReleaseAcknowledged(msgspec.Struct, frozen=True, tag="release_acknowledged"):
    """The agent's owner has recorded that this offer is over."""

    offer_id: str


class CommandRefused(msgspec.Struct, frozen=True, tag="command_refused"):
    """A refusal, kept so that asking again gives the same answer."""

    code: str
    field: str | None = None


class AgentConfigured(msgspec.Struct, frozen=True, tag="agent_configured"):
    settings: AgentSettings


class PresenceChosen(msgspec.Struct, frozen=True, tag="presence_chosen"):
    """Base presence, by the agent, a supervisor, or the engine (RONA, connection lost)."""

    agent_id: str
    presence: str
    reason: str


class OfferMade(msgspec.Struct, frozen=True, tag="offer_made"):
    """The agent's owner holds the offer and the softphone rings. `quoted`: queue-stream position of the offer."""

    agent_id: str
    offer_id: str
    call_id: str
    queue_id: str
    subject_id: str | None
    priority: int
    arrived_at_ms: int
    deadline_ms: int
    quoted: int
    terms: OfferTerms


class OfferAccepted(msgspec.Struct, frozen=True, tag="offer_accepted"):
    """The agent's vote; the owner of the call has the last word."""

    agent_id: str
    offer_id: str


class OfferEnded(msgspec.Struct, frozen=True, tag="offer_ended"):
    """`report`: the owner of the call has yet to be told. `resting_until_ms`: no further offer before then."""

    agent_id: str
    offer_id: str
    reason: OfferEnd
    report: bool
    resting_until_ms: int | None = None


class AssignmentStarted(msgspec.Struct, frozen=True, tag="assignment_started"):
    """The owner of the call has connected it to this agent."""

    agent_id: str
    offer_id: str


class WrapUpStarted(msgspec.Struct, frozen=True, tag="wrap_up_started"):
    """The conversation is over. `until_ms` None: it ends only with a disposition."""

    agent_id: str
    offer_id: str
    until_ms: int | None


class WrapUpCompleted(msgspec.Struct, frozen=True, tag="wrap_up_completed"):
    """All that a record of the work after a call needs. `disposition` None: its time ran out."""

    agent_id: str
    offer_id: str
    call_id: str
    queue_id: str
    started_at_ms: int
    disposition: str | None


class OfferTombstoned(msgspec.Struct, frozen=True, tag="offer_tombstoned"):
    """A release came for an offer that is not held; a late `MakeOffer` is denied until `until_ms`."""

    agent_id: str
    offer_id: str
    until_ms: int


class AgentRested(msgspec.Struct, frozen=True, tag="agent_rested"):
    """The pause after a decline or a missed ring is over."""

    agent_id: str


class ReportAcknowledged(msgspec.Struct, frozen=True, tag="report_acknowledged"):
    """The owner of the call has recorded that this offer ended."""

    agent_id: str
    offer_id: str


CallEvent = CallOffered | OfferClosed | CallConnected | CallHeld | CallResumed | CallPrioritised | CallEnded
QueueEvent = QueueConfigured | CallQueued | CallEvent | CallTombstoned | ReleaseAcknowledged | CommandRefused
PresentAgentEvent = (
    PresenceChosen
    | OfferMade
    | OfferAccepted
    | OfferEnded
    | AssignmentStarted
    | WrapUpStarted
    | WrapUpCompleted
    | OfferTombstoned
    | AgentRested
    | ReportAcknowledged
)
AgentEvent = AgentConfigured | PresentAgentEvent | CommandRefused
Event = QueueEvent | AgentEvent


class Cause(msgspec.Struct, frozen=True, array_like=True):
    """Who caused an event, by which command (empty: none), and the trace it belongs to."""

    principal: Principal
    command_id: str = ""
    expires_at_ms: int = 0
    trace_id: str = ""


class Fact(msgspec.Struct, frozen=True):
    """One event as it stands in the journal."""

    at_ms: int
    cause: Cause
    event: Event


class _Entry(Fact, frozen=True, omit_defaults=True):
    """A fact as it is stored: with the version of the journal, where that is not the first."""

    version: int = FIRST_VERSION


_encoder = msgspec.msgpack.Encoder()
_decoder = msgspec.msgpack.Decoder(_Entry)


def encode_fact(fact: Fact) -> bytes:
    """MessagePack, the form in which facts are stored and fed to followers."""
    return _encoder.encode(_Entry(fact.at_ms, fact.cause, fact.event, JOURNAL_VERSION))


def decode_fact(payload: bytes) -> Fact:
    """A stored fact, of this version of the journal or of an older one.

    Raises `msgspec.ValidationError` for what this version does not know.
    """
    try:
        entry = _decoder.decode(payload)
    except msgspec.ValidationError:
        if written_in(payload) == JOURNAL_VERSION:
            raise
    else:
        if entry.version == JOURNAL_VERSION:
            return Fact(entry.at_ms, entry.cause, entry.event)
    return msgspec.convert(upcast(payload), Fact)


def event_type(event: Event) -> str:
    """The name under which an event is stored."""
    return str(type(event).__struct_config__.tag)
