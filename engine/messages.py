"""What owners say to each other about one offer.

Every question here is an *open step*: it stands in the asker's durable state, keyed by `offer_id`, and is asked again
until it is answered. Every answer may be lost, doubled or late; none of them does harm then, because an `offer_id` is
never used twice.
"""

import msgspec

from engine.events import OfferEnd, OfferTerms
from engine.skills import SkillNeed


class MakeOffer(msgspec.Struct, frozen=True, tag="make_offer"):
    """Queue to agent: hold this call for the agent until `deadline_ms`. `quoted`: the offer's queue-stream position."""

    offer_id: str
    agent_id: str
    call_id: str
    queue_id: str
    subject_id: str | None
    priority: int
    needs: tuple[SkillNeed, ...]
    arrived_at_ms: int
    deadline_ms: int
    quoted: int
    terms: OfferTerms


class OfferTaken(msgspec.Struct, frozen=True, tag="offer_taken"):
    """Agent to queue: held."""

    offer_id: str


class OfferDenied(msgspec.Struct, frozen=True, tag="offer_denied"):
    """Agent to queue: not held, and nothing was written. The queue closes the offer and releases it to be sure."""

    offer_id: str


class AcceptVote(msgspec.Struct, frozen=True, tag="accept_vote"):
    """Agent to queue: the agent accepts. `quoted` as in `MakeOffer`: who has not got so far must not answer."""

    offer_id: str
    call_id: str
    agent_id: str
    quoted: int


class VoteCounted(msgspec.Struct, frozen=True, tag="vote_counted"):
    """Queue to agent: connected, or the offer is over."""

    offer_id: str
    agent_id: str
    connected: bool


class OfferReport(msgspec.Struct, frozen=True, tag="offer_report"):
    """Agent to queue: the offer ended on our side, for good."""

    offer_id: str
    call_id: str
    agent_id: str
    reason: OfferEnd
    quoted: int


class ReportReceived(msgspec.Struct, frozen=True, tag="report_received"):
    """Queue to agent: recorded."""

    offer_id: str
    agent_id: str


class ReleaseOffer(msgspec.Struct, frozen=True, tag="release_offer"):
    """Queue to agent: the offer is over. `connected`: it had become a conversation, so wrap-up follows."""

    offer_id: str
    agent_id: str
    connected: bool
    deadline_ms: int


class OfferReleased(msgspec.Struct, frozen=True, tag="offer_released"):
    """Agent to queue: recorded."""

    offer_id: str


class HeldOffer(msgspec.Struct, frozen=True, array_like=True):
    """One line of a digest."""

    offer_id: str
    call_id: str
    agent_id: str
    quoted: int


class HoldingDigest(msgspec.Struct, frozen=True, tag="holding_digest"):
    """Agent to queue, now and then: these offers and conversations we hold."""

    held: tuple[HeldOffer, ...]


class DigestChecked(msgspec.Struct, frozen=True, tag="digest_checked"):
    """Queue to agent: of those, these are over. Counts only for offers quoted at `position` or before."""

    position: int
    over: tuple[HeldOffer, ...]


class ProposeOffer(msgspec.Struct, frozen=True, tag="propose_offer"):
    """Router to queue: offer this call, as it stood at `version`, to this agent."""

    call_id: str
    agent_id: str
    version: int


class RenewLeases(msgspec.Struct, frozen=True, tag="renew_leases"):
    """Door to owner: these callers (or softphones) are still here. Written nowhere; a lease starts anew at recovery."""

    keys: tuple[str, ...]


class ProposalRefused(msgspec.Struct, frozen=True, tag="proposal_refused"):
    """Queue to router: the call has moved on."""

    call_id: str
    agent_id: str


QueueStep = MakeOffer | ReleaseOffer
AgentStep = AcceptVote | OfferReport
Step = QueueStep | AgentStep
ToQueue = (
    OfferTaken | OfferDenied | AcceptVote | OfferReport | OfferReleased | HoldingDigest | ProposeOffer | RenewLeases
)
ToAgent = MakeOffer | VoteCounted | ReportReceived | ReleaseOffer | DigestChecked | RenewLeases
ToRouter = ProposalRefused
Message = ToQueue | ToAgent | ToRouter
