"""Agents of one tenant: what their owner owes on top of what is true (`agents`), and how events change it.

Open steps (`steps`) are questions to the owner of the calls: an accepted offer asks `AcceptVote`, an offer that ended
here asks `OfferReport`. A softphone that is not heard of for `SOFTPHONE_GRACE_MS` is gone: its rings end and its agent
is away, but live calls are kept. That grace is not durable; it starts anew at recovery.
"""

from engine import events as e
from engine import messages as m
from engine.agent import Agent, Engagement, EngagementState, Presence
from engine.commands import REMEMBERED_MS
from engine.deadlines import Deadlines
from engine.memory import Remembered
from engine.outcomes import Outcomes
from engine.roster.agents import Agents
from engine.steps import OpenSteps

SOFTPHONE_GRACE_MS = 10_000
"""How long a softphone may be silent before its agent counts as gone."""
CONNECTION_LOST = "connection_lost"
"""The reason of an agent who is away because their softphone fell silent; undone when it comes back."""


class Roster(Agents):
    """The state of one tenant's agents. Mutable inside, changed only by `evolve` and `recovered`."""

    def __init__(self, tenant_id: str) -> None:
        super().__init__(tenant_id)
        self.reports: dict[str, m.OfferReport] = {}
        self.over: Remembered[bool] = Remembered()
        self.outcomes = Outcomes()
        self.deadlines = Deadlines()
        self.leases = Deadlines()
        self.steps: OpenSteps[m.AgentStep] = OpenSteps()

    def evolve(self, fact: e.Fact, position: int) -> None:
        """Apply one event. Never fails for an event that was decided on this state."""
        self.over.forget_before(fact.at_ms)
        self.outcomes.learn(fact)
        super().evolve(fact, position)

    def due(self, now_ms: int) -> e.AgentEvent | None:
        """The next event that is owed because time has passed, or None. Call again until None."""
        key = self.deadlines.due(now_ms)
        if key is not None:
            return self._overdue(key, now_ms)
        agent_id = self.leases.due(now_ms)
        return self._silent(self.agents[agent_id]) if agent_id is not None else None

    def next_deadline_ms(self) -> int | None:
        """When `due` has something to say, or None."""
        times = [at for at in (self.deadlines.earliest_ms(), self.leases.earliest_ms()) if at is not None]
        return min(times, default=None)

    def renew(self, keys: tuple[str, ...], now_ms: int) -> None:
        """A gateway says that these agents' softphones are still here."""
        for agent_id in keys:
            agent = self.agents.get(agent_id)
            if agent is not None and present(agent):
                self.leases.set(agent_id, now_ms + SOFTPHONE_GRACE_MS)

    def recovered(self, now_ms: int) -> None:
        """The grace of every softphone starts anew."""
        for agent_id, agent in self.agents.items():
            if present(agent):
                self.leases.set(agent_id, now_ms + SOFTPHONE_GRACE_MS)

    # -- applying events ---------------------------------------------------------------------------

    def _change(self, before: Agent, event: e.PresentAgentEvent, at_ms: int, position: int) -> Agent:
        after = super()._change(before, event, at_ms, position)
        match event:
            case e.OfferTombstoned(offer_id=offer_id, until_ms=until_ms):
                self.over.remember(offer_id, value=True, until_ms=until_ms)
            case e.ReportAcknowledged(offer_id=offer_id):
                self.reports.pop(offer_id, None)
                self.steps.close(offer_id)
            case e.OfferAccepted(offer_id=offer_id):
                held = after.find(offer_id)
                assert held is not None
                self.steps.open(offer_id, vote(after, held))
            case e.AssignmentStarted(offer_id=offer_id):
                self.steps.close(offer_id)
            case e.OfferEnded() | e.WrapUpCompleted():
                self._end(before, event, at_ms)
        self._time(before, after, at_ms)
        return after

    def _end(self, before: Agent, event: e.OfferEnded | e.WrapUpCompleted, at_ms: int) -> None:
        """An engagement is over: its id must not ring again, and its owner may have to hear of it."""
        held = before.find(event.offer_id)
        assert held is not None
        self.steps.close(event.offer_id)
        self.over.remember(event.offer_id, value=True, until_ms=max(at_ms + REMEMBERED_MS, held.deadline_ms))
        if isinstance(event, e.OfferEnded) and event.report:
            report = m.OfferReport(event.offer_id, held.call_id, before.agent_id, event.reason, held.quoted)
            self.reports[event.offer_id] = report
            self.steps.open(event.offer_id, report)

    def _time(self, before: Agent, after: Agent, at_ms: int) -> None:
        for held in before.engagements:
            self.deadlines.clear(deadline_key(after.agent_id, held.offer_id))
        for key, deadline_ms in deadlines_of(after).items():
            self.deadlines.set(key, deadline_ms)
        if after.resting_until_ms is None:
            self.deadlines.clear(after.agent_id)
        if not present(after):
            self.leases.clear(after.agent_id)
        elif not present(before):
            self.leases.set(after.agent_id, at_ms + SOFTPHONE_GRACE_MS)

    # -- what time brings --------------------------------------------------------------------------

    def _overdue(self, key: str, now_ms: int) -> e.AgentEvent:
        agent_id, _, offer_id = key.partition("/")
        agent = self.agents[agent_id]
        held = agent.find(offer_id)
        if held is None:
            return e.AgentRested(agent_id)
        if held.state is EngagementState.WRAP_UP:
            return wrap_up_completed(agent, held, None)
        if agent.missed_in_a_row + 1 >= held.terms.rona_away_after and agent.base is Presence.AVAILABLE:
            return e.PresenceChosen(agent_id, Presence.AWAY, "rona")
        return offer_ended(agent, held, e.OfferEnd.RANG_OUT, now_ms)

    def _silent(self, agent: Agent) -> e.AgentEvent:
        for held in agent.engagements:
            if held.state is EngagementState.RINGING:
                return e.OfferEnded(agent.agent_id, held.offer_id, e.OfferEnd.DISCONNECTED, report=True)
        return e.PresenceChosen(agent.agent_id, Presence.AWAY, CONNECTION_LOST)


def present(agent: Agent) -> bool:
    """Whether the engine expects to hear from this agent's softphone."""
    return agent.base is Presence.AVAILABLE


def vote(agent: Agent, held: Engagement) -> m.AcceptVote:
    """The question that an accepted offer asks the owner of the call."""
    return m.AcceptVote(held.offer_id, held.call_id, agent.agent_id, held.quoted)


def wrap_up_completed(agent: Agent, held: Engagement, disposition: str | None) -> e.WrapUpCompleted:
    """The end of the work after a call."""
    return e.WrapUpCompleted(agent.agent_id, held.offer_id, held.call_id, held.queue_id, held.since_ms, disposition)


def offer_ended(agent: Agent, held: Engagement, reason: e.OfferEnd, now_ms: int) -> e.OfferEnded:
    """The end of a ring on the agent's side, with the rest that the queue's settings give after it."""
    resting_ms = round(held.terms.rest_after_decline_s * 1_000)
    return e.OfferEnded(
        agent.agent_id,
        held.offer_id,
        reason,
        report=True,
        resting_until_ms=now_ms + resting_ms if resting_ms else None,
    )


def deadline_key(agent_id: str, offer_id: str) -> str:
    return f"{agent_id}/{offer_id}"


def deadlines_of(agent: Agent) -> dict[str, int]:
    """Every deadline that follows from an agent's state; the bare agent id is the end of a rest."""
    found = {
        deadline_key(agent.agent_id, held.offer_id): held.until_ms
        for held in agent.engagements
        if held.until_ms is not None
    }
    if agent.resting_until_ms is not None:
        found[agent.agent_id] = agent.resting_until_ms
    return found
