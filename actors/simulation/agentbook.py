"""The judge's account of agents and what they hold, kept from the agents' streams and compared with the calls' own."""

from collections.abc import Callable
from dataclasses import dataclass, field

from actors.simulation.callbook import ENDED, CallBook, KnownCall, KnownOffer
from engine import events as e
from engine.settings import AgentSettings

RINGING, ACCEPTING, LIVE, WRAP_UP = "ringing", "accepting", "live", "wrap_up"


@dataclass
class Held:
    """One engagement. `until_ms`: end of its ring or wrap-up by the owner's clock, None for no end."""

    state: str
    until_ms: int | None


@dataclass
class KnownAgent:
    """One agent. `settled_since_ms`: true time of the last event about them."""

    settings: AgentSettings
    tenant_id: str
    base: str = "offline"
    resting: bool = False
    settled_since_ms: int = 0
    held: dict[str, Held] = field(default_factory=dict)

    @property
    def free(self) -> bool:
        return (
            self.base == "available"
            and not self.resting
            and len(self.held) < self.settings.capacity
            and all(one.state is not WRAP_UP for one in self.held.values())
        )

    def can_take(self, call: KnownCall) -> bool:
        """Whether skills and queues fit, whatever the agent is doing."""
        skills = self.settings.skills
        return (
            call.tenant_id == self.tenant_id
            and call.queue_id in self.settings.queues
            and all(skills.get(need.skill, 0) >= need.proficiency for need in call.needs)
        )


@dataclass
class AgentBook:
    """Every agent that was ever configured. `complain` takes a sentence; `now_ms` is true time."""

    complain: Callable[[str], None]
    now_ms: Callable[[], int]
    book: CallBook
    agents: dict[str, KnownAgent] = field(default_factory=dict)

    def record(self, tenant_id: str, fact: e.Fact) -> None:
        """Take one fact of an agent stream."""
        event, at_ms = fact.event, fact.at_ms
        if isinstance(event, e.AgentConfigured):
            agent_id = event.settings.agent_id
            known = self.agents.setdefault(agent_id, KnownAgent(event.settings, tenant_id))
            known.settings, known.settled_since_ms = event.settings, self.now_ms()
            return
        agent_id = getattr(event, "agent_id", "")
        if not agent_id:
            return
        self._expect(agent_id.startswith(tenant_id), f"{agent_id} stands in {tenant_id}'s stream")
        agent = self.agents[agent_id]
        agent.settled_since_ms = self.now_ms()
        match event:
            case e.PresenceChosen():
                agent.base = event.presence
            case e.AgentRested():
                agent.resting = False
            case e.OfferMade():
                self._made(agent, event, at_ms)
            case e.OfferAccepted() | e.AssignmentStarted() | e.OfferEnded() | e.WrapUpStarted() | e.WrapUpCompleted():
                offer, held = self.book.offers.get(event.offer_id), agent.held.get(event.offer_id)
                if offer is None or held is None or offer.agent_id != agent_id:
                    self.complain(f"{agent_id} does not hold {event.offer_id}: {type(event).__name__}")
                else:
                    self._goes_on(agent, offer, held, fact)

    def _made(self, agent: KnownAgent, event: e.OfferMade, at_ms: int) -> None:
        agent_id, offer = agent.settings.agent_id, self.book.offers.get(event.offer_id)
        if offer is None:
            self.complain(f"{event.offer_id} rings but was never offered")
            return
        call = self.book.calls[offer.call_id]
        told = (event.call_id, event.agent_id, event.deadline_ms, event.quoted, event.arrived_at_ms, event.queue_id)
        known = (call.call_id, offer.agent_id, offer.deadline_ms, offer.position, call.arrived_at_ms, call.queue_id)
        self._expect(told == known, f"{event.offer_id} rings as {told}, offered was {known}")
        self._expect(not offer.made, f"{event.offer_id} rings twice")
        self._expect(agent.free, f"{agent_id} was not free for {event.offer_id}")
        self._expect(agent.can_take(call), f"{agent_id} may not take {call.call_id}")
        self._expect(at_ms < event.deadline_ms, f"{event.offer_id} rings after its deadline")
        offer.made = True
        agent.held[event.offer_id] = Held(RINGING, event.deadline_ms)

    def _goes_on(self, agent: KnownAgent, offer: KnownOffer, held: Held, fact: e.Fact) -> None:
        name, at_ms = f"{offer.offer_id} of {agent.settings.agent_id}", fact.at_ms
        match fact.event:
            case e.OfferAccepted():
                self._expect(held.state is RINGING, f"{name} accepted while {held.state}")
                offer.voted, held.state, held.until_ms = True, ACCEPTING, None
            case e.AssignmentStarted():
                self._expect(held.state is ACCEPTING, f"{name} connected while {held.state}")
                self._expect(offer.won, f"{name} connected without having won")
                offer.started, held.state = True, LIVE
            case e.OfferEnded() as event:
                self._expect(held.state in (RINGING, ACCEPTING), f"{name} ended while {held.state}")
                self._expect(not offer.won, f"{name} had won and ended as {event.reason}")
                if event.reason is e.OfferEnd.RANG_OUT:
                    self._expect(at_ms >= offer.deadline_ms, f"{name} rang out before its deadline")
                if event.reason is e.OfferEnd.WITHDRAWN:
                    self._expect(offer.queue_ends == 1, f"{name} was withdrawn by nobody")
                agent.resting = agent.resting or event.resting_until_ms is not None
                self._over(agent, offer)
            case e.WrapUpStarted() as event:
                self._expect(held.state is LIVE, f"{name} in wrap-up while {held.state}")
                self._expect(self.book.calls[offer.call_id].state is ENDED, f"{name} in wrap-up before its call ended")
                held.state, held.until_ms = WRAP_UP, event.until_ms
            case e.WrapUpCompleted():
                self._expect(held.state is WRAP_UP, f"{name} finished while {held.state}")
                timely = bool(fact.cause.command_id) or (held.until_ms is not None and at_ms >= held.until_ms)
                self._expect(timely, f"{name} finished wrap-up before its time")
                self._over(agent, offer)

    def _over(self, agent: KnownAgent, offer: KnownOffer) -> None:
        offer.agent_ends += 1
        self._expect(offer.agent_ends == 1, f"{offer.offer_id} ended twice at its agent")
        del agent.held[offer.offer_id]

    def _expect(self, holds: bool, sentence: str) -> None:  # noqa: FBT001
        if not holds:
            self.complain(sentence)
