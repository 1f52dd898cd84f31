"""Offers, seen by the owner of the call: who is offered what, whose vote counts, how an offer ends.

The router proposes and an agent votes, but only what is decided here happens. Rules:

1. A proposal counts only for a call that waits, in the version that the router saw.
2. A vote wins if its offer is the one that is open; every other vote hears that its offer is over.
3. An offer that ends on this side leaves a release, asked again until the agent's owner has recorded it. The release
   alone says whether there was a conversation; a vote or a digest that comes meanwhile is answered by it.
4. A message that quotes a position which this owner has not reached is not answered: the owner is out of date.
"""

from engine import events as e
from engine import messages as m
from engine.call import Call, CallState
from engine.decision import NOTHING, Decision
from engine.offer import offer_id_for
from engine.principals import Principal, Role
from engine.settings import QueueSettings
from engine.switchboard.board import Switchboard


def decide_message(board: Switchboard, message: m.Message, now_ms: int) -> Decision:
    """The events and the answer that another owner's message leads to."""
    match message:
        case m.ProposeOffer():
            return _propose(board, message, now_ms)
        case m.AcceptVote(quoted=quoted) | m.OfferReport(quoted=quoted) if quoted > board.position:
            return NOTHING
        case m.AcceptVote():
            return _count(board, message)
        case m.OfferReport():
            return _report(board, message)
        case m.OfferDenied(offer_id=offer_id):
            return _deny(board, offer_id)
        case m.OfferReleased(offer_id=offer_id):
            return Decision((e.ReleaseAcknowledged(offer_id),)) if offer_id in board.releases else NOTHING
        case m.HoldingDigest(held=held):
            over = tuple(one for one in held if one.offer_id not in board.offers and one.offer_id not in board.releases)
            return Decision((), m.DigestChecked(board.position, over))
        case _:
            return NOTHING


def _propose(board: Switchboard, proposal: m.ProposeOffer, now_ms: int) -> Decision:
    call = board.calls.get(proposal.call_id)
    if call is None or call.state is not CallState.WAITING or call.version != proposal.version:
        return Decision((), m.ProposalRefused(proposal.call_id, proposal.agent_id))
    settings = board.queues[call.queue_id]
    return Decision(
        (
            e.CallOffered(
                call_id=call.call_id,
                offer_id=offer_id_for(call.call_id, call.attempts + 1),
                agent_id=proposal.agent_id,
                deadline_ms=now_ms + round(settings.offer_timeout_s * 1_000),
                terms=_terms(settings),
            ),
        )
    )


def _terms(settings: QueueSettings) -> e.OfferTerms:
    return e.OfferTerms(
        wrap_up_s=settings.wrap_up_s,
        disposition_required=settings.disposition_required,
        rona_away_after=settings.rona_away_after,
        rest_after_decline_s=settings.rest_after_decline_s,
    )


def _count(board: Switchboard, vote: m.AcceptVote) -> Decision:
    call = _open_offer(board, vote.offer_id)
    if call is not None:
        return Decision(
            (e.CallConnected(call.call_id, vote.offer_id),),
            m.VoteCounted(vote.offer_id, vote.agent_id, connected=True),
            Principal(Role.AGENT, vote.agent_id),
        )
    release = board.releases.get(vote.offer_id)
    if release is not None:
        return Decision((), release)
    won = board.calls.get(board.offers.get(vote.offer_id, ""))
    return Decision((), m.VoteCounted(vote.offer_id, vote.agent_id, connected=won is not None))


def _report(board: Switchboard, report: m.OfferReport) -> Decision:
    call = _open_offer(board, report.offer_id)
    answer = m.ReportReceived(report.offer_id, report.agent_id)
    if call is None:
        return Decision((), answer)
    closed = e.OfferClosed(call.call_id, report.offer_id, report.reason, release=False)
    return Decision((closed,), answer, Principal(Role.AGENT, report.agent_id))


def _deny(board: Switchboard, offer_id: str) -> Decision:
    call = _open_offer(board, offer_id)
    if call is None:
        return NOTHING
    return Decision((e.OfferClosed(call.call_id, offer_id, e.OfferEnd.DENIED, release=True),))


def _open_offer(board: Switchboard, offer_id: str) -> Call | None:
    """The call whose open offer this is."""
    call = board.calls.get(board.offers.get(offer_id, ""))
    return call if call is not None and call.group is not None and call.group.find(offer_id) else None
