"""Offers, seen by the agent's owner: what is taken, what a counted vote means, when a release ends it.

1. An offer is taken only if the agent is free and eligible here and now, and its deadline is still to come.
2. An offer that was taken is confirmed as often as it is asked for.
3. An offer whose end is known never rings again: its id is remembered, and asked for again it is denied.
4. "Over" in a digest counts only if the one who says so had got as far as the offer.
"""

from collections.abc import Iterator

from engine import events as e
from engine import messages as m
from engine.agent import Agent, Engagement, EngagementState, Presence
from engine.decision import NOTHING, Decision
from engine.roster.book import CONNECTION_LOST, Roster
from engine.skills import satisfied


def decide_message(roster: Roster, message: m.Message, now_ms: int) -> Decision:
    """The events and the answer that another owner's message leads to."""
    match message:
        case m.MakeOffer():
            return _take(roster, message, now_ms)
        case m.VoteCounted():
            return _counted(roster, message)
        case m.ReportReceived(offer_id=offer_id, agent_id=agent_id):
            known = offer_id in roster.reports
            return Decision((e.ReportAcknowledged(agent_id, offer_id),)) if known else NOTHING
        case m.ReleaseOffer():
            return _release(roster, message, now_ms)
        case m.DigestChecked():
            return Decision(tuple(_over(roster, message, now_ms)))
        case m.RenewLeases(keys=keys):
            return Decision(tuple(_returned(roster, keys)))
        case _:
            return NOTHING


def _returned(roster: Roster, agent_ids: tuple[str, ...]) -> Iterator[e.AgentEvent]:
    """Softphones that are back after their agents counted as gone: nothing for the agent to do."""
    for agent_id in agent_ids:
        agent = roster.agents.get(agent_id)
        if agent is not None and agent.reason == CONNECTION_LOST:
            yield e.PresenceChosen(agent_id, Presence.AVAILABLE, "")


def eligible(agent: Agent, offer: m.MakeOffer) -> bool:
    """Whether this agent serves the call's queue and has the skills that it needs."""
    return offer.queue_id in agent.settings.queues and satisfied(offer.needs, agent.settings.skills)


def _take(roster: Roster, offer: m.MakeOffer, now_ms: int) -> Decision:
    agent = roster.agents.get(offer.agent_id)
    if agent is not None and agent.find(offer.offer_id) is not None:
        return Decision((), m.OfferTaken(offer.offer_id))
    over = offer.offer_id in roster.over or offer.deadline_ms <= now_ms
    if agent is None or over or not agent.free or not eligible(agent, offer):
        return Decision((), m.OfferDenied(offer.offer_id))
    made = e.OfferMade(
        agent_id=offer.agent_id,
        offer_id=offer.offer_id,
        call_id=offer.call_id,
        queue_id=offer.queue_id,
        subject_id=offer.subject_id,
        priority=offer.priority,
        arrived_at_ms=offer.arrived_at_ms,
        deadline_ms=offer.deadline_ms,
        quoted=offer.quoted,
        terms=offer.terms,
    )
    return Decision((made,), m.OfferTaken(offer.offer_id))


def _counted(roster: Roster, counted: m.VoteCounted) -> Decision:
    agent, held = _held(roster, counted.agent_id, counted.offer_id)
    if agent is None or held is None or held.state is not EngagementState.ACCEPTING:
        return NOTHING
    if counted.connected:
        return Decision((e.AssignmentStarted(agent.agent_id, held.offer_id),))
    return Decision((_withdrawn(agent, held),))


def _release(roster: Roster, release: m.ReleaseOffer, now_ms: int) -> Decision:
    answer = m.OfferReleased(release.offer_id)
    agent, held = _held(roster, release.agent_id, release.offer_id)
    if agent is None or release.offer_id in roster.over:
        return Decision((), answer)
    if held is None:
        until_ms = max(release.deadline_ms, now_ms)
        return Decision((e.OfferTombstoned(agent.agent_id, release.offer_id, until_ms),), answer)
    return Decision(tuple(_ending(agent, held, now_ms, connected=release.connected)), answer)


def _over(roster: Roster, checked: m.DigestChecked, now_ms: int) -> Iterator[e.AgentEvent]:
    for line in checked.over:
        agent, held = _held(roster, line.agent_id, line.offer_id)
        if agent is not None and held is not None and line.quoted <= checked.position:
            yield from _ending(agent, held, now_ms, connected=held.state is EngagementState.LIVE)


def _ending(agent: Agent, held: Engagement, now_ms: int, *, connected: bool) -> Iterator[e.AgentEvent]:
    """What an offer's end means from wherever the engagement stands. Wrap-up runs on."""
    if held.state is EngagementState.WRAP_UP:
        return
    if not connected:
        yield _withdrawn(agent, held)
        return
    if held.state is EngagementState.RINGING:
        yield e.OfferAccepted(agent.agent_id, held.offer_id)
    if held.state is not EngagementState.LIVE:
        yield e.AssignmentStarted(agent.agent_id, held.offer_id)
    terms = held.terms
    until_ms = None if terms.disposition_required else now_ms + round(terms.wrap_up_s * 1_000)
    yield e.WrapUpStarted(agent.agent_id, held.offer_id, until_ms)


def _withdrawn(agent: Agent, held: Engagement) -> e.OfferEnded:
    return e.OfferEnded(agent.agent_id, held.offer_id, e.OfferEnd.WITHDRAWN, report=False)


def _held(roster: Roster, agent_id: str, offer_id: str) -> tuple[Agent | None, Engagement | None]:
    agent = roster.agents.get(agent_id)
    return agent, agent.find(offer_id) if agent is not None else None
