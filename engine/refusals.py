"""Why a command was refused: a stable code, and one sentence that says what to do.

Codes are part of the public protocol: they may be added, never renamed. HTTP status codes are not known here; `web`
maps these codes to them.
"""

from enum import StrEnum


class Refusal(StrEnum):
    """A stable reason for a refusal."""

    EXPIRED = "expired"
    UNKNOWN_TENANT = "unknown_tenant"
    UNKNOWN_QUEUE = "unknown_queue"
    UNKNOWN_CALL = "unknown_call"
    UNKNOWN_AGENT = "unknown_agent"
    UNKNOWN_OFFER = "unknown_offer"
    CALL_EXISTS = "call_exists"
    CALL_ENDED = "call_ended"
    QUEUE_FULL = "queue_full"
    NOT_YOUR_CALL = "not_your_call"
    ILLEGAL_TRANSITION = "illegal_transition"
    OFFER_ENDED = "offer_ended"
    DISPOSITION_REQUIRED = "disposition_required"
    INVALID_SETTINGS = "invalid_settings"
    OVERLOADED = "overloaded"
    UNAVAILABLE = "unavailable"


SENTENCES: dict[Refusal, str] = {
    Refusal.EXPIRED: "The command arrived after its time; send it again with a later expiry.",
    Refusal.UNKNOWN_TENANT: "There is no clinic with this id; use the id of one that exists.",
    Refusal.UNKNOWN_QUEUE: "There is no queue with this id; list the queues and use one of those.",
    Refusal.UNKNOWN_CALL: "There is no call with this id; it may have ended a while ago.",
    Refusal.UNKNOWN_AGENT: "There is no agent with this id; list the agents and use one of those.",
    Refusal.UNKNOWN_OFFER: "This agent holds no such offer; wait for the next ring.",
    Refusal.CALL_EXISTS: "A call with this id is already known; use a new id for a new call.",
    Refusal.CALL_ENDED: "The call has ended; nothing more can be done with it.",
    Refusal.QUEUE_FULL: "The queue has reached its maximum length; try again later or use another queue.",
    Refusal.NOT_YOUR_CALL: "Only the agent who is connected to the call can do this.",
    Refusal.ILLEGAL_TRANSITION: "This cannot be done in the present state; look at the state and choose again.",
    Refusal.OFFER_ENDED: "The offer has ended; wait for the next ring.",
    Refusal.DISPOSITION_REQUIRED: "This queue asks for a disposition; choose one to finish wrap-up.",
    Refusal.INVALID_SETTINGS: "A setting is out of its range; correct the field that is named and send it again.",
    Refusal.OVERLOADED: "Too much is waiting to be decided; send the command again in a moment.",
    Refusal.UNAVAILABLE: "The journal cannot be written right now; send the command again in a moment.",
}
