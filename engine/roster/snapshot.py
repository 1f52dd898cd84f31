"""A roster at rest: everything that cannot be derived from the rest, as MessagePack."""

import msgspec

from engine import messages as m
from engine.agent import Agent, EngagementState
from engine.forms import UNNAMED
from engine.outcomes import Outcomes
from engine.roster.agents import Agents
from engine.roster.book import Roster, deadlines_of, vote

VERSION = 1
"""Of the owner's stored form: `engine.forms` says what a change of it asks for."""


class AgentsSnapshot(msgspec.Struct, frozen=True, kw_only=True):
    """A replica's stored form."""

    tenant_id: str
    position: int
    agents: tuple[Agent, ...]


class RosterSnapshot(AgentsSnapshot, frozen=True, kw_only=True):
    """The owner's stored form: a replica reads the part that is for it."""

    reports: tuple[m.OfferReport, ...]
    over: tuple[tuple[str, int], ...]
    outcomes: bytes
    version: int = UNNAMED


_encoder = msgspec.msgpack.Encoder()
_decoder = msgspec.msgpack.Decoder(RosterSnapshot)
_replica_decoder = msgspec.msgpack.Decoder(AgentsSnapshot)


def dump_replica(replica: Agents) -> bytes:
    """MessagePack of what is true, without what an owner owes."""
    agents = tuple(replica.agents.values())
    return _encoder.encode(AgentsSnapshot(tenant_id=replica.tenant_id, position=replica.position, agents=agents))


def load_replica(payload: bytes) -> Agents:
    """A replica, from what `dump_replica` gave or from an owner's `dump`."""
    snapshot = _replica_decoder.decode(payload)
    replica = Agents(snapshot.tenant_id)
    replica.position = snapshot.position
    replica.agents = {agent.agent_id: agent for agent in snapshot.agents}
    return replica


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
            version=VERSION,
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
