"""A roster at rest: everything that cannot be derived from the rest, as MessagePack."""

import msgspec

from engine import messages as m
from engine.agent import Agent, EngagementState
from engine.outcomes import Outcomes
from engine.roster.book import Roster, deadlines_of, vote


class RosterSnapshot(msgspec.Struct, frozen=True):
    """The stored form."""

    tenant_id: str
    position: int
    agents: tuple[Agent, ...]
    reports: tuple[m.OfferReport, ...]
    over: tuple[tuple[str, int], ...]
    outcomes: bytes


_encoder = msgspec.msgpack.Encoder()
_decoder = msgspec.msgpack.Decoder(RosterSnapshot)


def dump(roster: Roster) -> bytes:
    """MessagePack of the whole state."""
    return _encoder.encode(
        RosterSnapshot(
            tenant_id=roster.tenant_id,
            position=roster.position,
            agents=tuple(roster.agents.values()),
            reports=tuple(roster.reports.values()),
            over=tuple((offer_id, until_ms) for offer_id, until_ms, _ in roster.over.items()),
            outcomes=roster.outcomes.dump(),
        )
    )


def load(payload: bytes) -> Roster:
    """The inverse of `dump`: indexes are rebuilt."""
    snapshot = _decoder.decode(payload)
    roster = Roster(snapshot.tenant_id)
    roster.position = snapshot.position
    roster.reports = {report.offer_id: report for report in snapshot.reports}
    for report in snapshot.reports:
        roster.steps.open(report.offer_id, report)
    for offer_id, until_ms in snapshot.over:
        roster.over.remember(offer_id, value=True, until_ms=until_ms)
    roster.outcomes = Outcomes.load(snapshot.outcomes)
    for agent in snapshot.agents:
        _rebuild(roster, agent)
    return roster


def _rebuild(roster: Roster, agent: Agent) -> None:
    roster.agents[agent.agent_id] = agent
    for key, at_ms in deadlines_of(agent).items():
        roster.deadlines.set(key, at_ms)
    for held in agent.engagements:
        if held.state is EngagementState.ACCEPTING:
            roster.steps.open(held.offer_id, vote(agent, held))
