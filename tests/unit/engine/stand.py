"""Both owners of one tenant on a stand: commands and messages go in, time moves by hand, nothing is lost."""

from engine import messages as m
from engine.call import Call
from engine.commands import (
    AcceptOffer,
    AgentCommand,
    Command,
    ConfigureAgent,
    ConfigureQueue,
    EnqueueCall,
    HangUpCall,
    Outcome,
    QueueCommand,
    SetPresence,
)
from engine.decision import Decision
from engine.events import Cause, Event, Fact
from engine.principals import SYSTEM, Principal, Role
from engine.roster import Roster
from engine.roster.decide import decide as decide_roster
from engine.settings import AgentSettings, QueueSettings
from engine.switchboard import Switchboard
from engine.switchboard.decide import decide as decide_board

BOSS = Principal(Role.SUPERVISOR, "boss")
CALLER = Principal(Role.CALLER, "caller")
ANN = Principal(Role.AGENT, "ann")
BOB = Principal(Role.AGENT, "bob")
QUEUE = QueueSettings("desk", "Front desk", offer_timeout_s=20.0, wrap_up_s=30.0, rest_after_decline_s=5.0)
LIFETIME_MS = 10_000


class Stand:
    """A switchboard and a roster, with every fact that was decided."""

    def __init__(self, queue: QueueSettings = QUEUE, **agents: AgentSettings) -> None:
        self.now_ms = 1_000_000
        self.board = Switchboard("clinic")
        self.roster = Roster("clinic")
        self.facts: list[tuple[Switchboard | Roster, Fact, int]] = []
        self.commands = 0
        self.tell(ConfigureQueue(queue), BOSS)
        for settings in agents.values() or [AgentSettings("ann", ("desk",)), AgentSettings("bob", ("desk",))]:
            self.tell(ConfigureAgent(settings), BOSS)

    # -- in ----------------------------------------------------------------------------------------

    def command(self, body: QueueCommand | AgentCommand, by: Principal = BOSS, **fields: object) -> Command:
        self.commands += 1
        known = {"command_id": f"c{self.commands}", "expires_at_ms": self.now_ms + LIFETIME_MS} | fields
        return Command("clinic", str(known["command_id"]), int(str(known["expires_at_ms"])), by, body)

    def tell(self, body: QueueCommand | AgentCommand | Command, by: Principal = BOSS) -> Outcome:
        """A command's outcome; its events have happened."""
        command = body if isinstance(body, Command) else self.command(body, by)
        answer = self.decide(command).answer
        assert isinstance(answer, Outcome)
        return answer

    def ask(self, message: m.Message) -> m.Message | None:
        """Another owner's message, to the one whom it is for, and the answer."""
        answer = self.decide(message).answer
        assert not isinstance(answer, Outcome)
        return answer

    def decide(self, message: Command | m.Message) -> Decision:
        """Decide and apply."""
        cause = Cause(SYSTEM)
        if isinstance(message, Command):
            cause = Cause(message.principal, message.command_id, message.expires_at_ms)
        if isinstance(message.body if isinstance(message, Command) else message, QueueCommand | m.ToQueue):
            owner: Switchboard | Roster = self.board
            decision = decide_board(self.board, message, self.now_ms)
        else:
            owner = self.roster
            decision = decide_roster(self.roster, message, self.now_ms)
        for event in decision.events:
            self.apply(owner, event, cause)
        return decision

    def apply(self, owner: Switchboard | Roster, event: Event, cause: Cause) -> None:
        fact = Fact(self.now_ms, cause, event)
        owner.evolve(fact, owner.position + 1)
        self.facts.append((owner, fact, owner.position))

    # -- what follows ------------------------------------------------------------------------------

    def elapse(self, ms: int) -> None:
        """Time passes, and what is due happens; messages do not travel."""
        end_ms = self.now_ms + ms
        while True:
            times = [at for at in (self.board.next_deadline_ms(), self.roster.next_deadline_ms()) if at is not None]
            self.now_ms = max(self.now_ms, min([*times, end_ms]))
            for owner in (self.board, self.roster):
                while (event := owner.due(self.now_ms)) is not None:
                    self.apply(owner, event, Cause(SYSTEM))
            if not times or min(times) > end_ms:
                self.now_ms = end_ms
                return

    def exchange(self) -> None:
        """Open steps are asked and answered until nothing changes any more."""
        before = -1
        while before != len(self.facts):
            before = len(self.facts)
            for owner in (self.board, self.roster):
                for step in owner.steps.as_dict().values():
                    answer = self.ask(step)
                    if answer is not None:
                        self.ask(answer)

    # -- scenes ------------------------------------------------------------------------------------

    def available(self, *agent_ids: str) -> None:
        for agent_id in agent_ids:
            assert self.tell(SetPresence(agent_id, "available"), Principal(Role.AGENT, agent_id)).ok

    def queued(self, call_id: str = "k1", **fields: object) -> Call:
        assert self.tell(EnqueueCall(call_id, "desk", **fields), CALLER).ok  # type: ignore[arg-type]
        return self.board.calls[call_id]

    def offered(self, call_id: str = "k1", agent_id: str = "ann") -> m.MakeOffer:
        """A proposal was taken; the agent's owner has not been asked yet."""
        if call_id not in self.board.calls:
            self.queued(call_id)
        refusal = self.ask(m.ProposeOffer(call_id, agent_id, self.board.calls[call_id].version))
        assert refusal is None
        group = self.board.calls[call_id].group
        assert group is not None
        step = self.board.steps.get(group.offers[0].offer_id)
        assert isinstance(step, m.MakeOffer)
        return step

    def ringing(self, call_id: str = "k1", agent_id: str = "ann") -> m.MakeOffer:
        """It rings at the agent, who is available."""
        self.available(agent_id)
        offer = self.offered(call_id, agent_id)
        assert self.ask(offer) == m.OfferTaken(offer.offer_id)
        return offer

    def accepting(self, call_id: str = "k1", agent_id: str = "ann") -> m.MakeOffer:
        """The agent has voted; the vote is on its way."""
        offer = self.ringing(call_id, agent_id)
        assert self.tell(AcceptOffer(agent_id, offer.offer_id), Principal(Role.AGENT, agent_id)).ok
        return offer

    def talking(self, call_id: str = "k1", agent_id: str = "ann") -> m.MakeOffer:
        """They are connected, and both owners know."""
        offer = self.accepting(call_id, agent_id)
        self.exchange()
        return offer

    def wrapping_up(self, call_id: str = "k1", agent_id: str = "ann") -> m.MakeOffer:
        """The conversation is over."""
        offer = self.talking(call_id, agent_id)
        assert self.tell(HangUpCall(call_id), Principal(Role.AGENT, agent_id)).ok
        self.exchange()
        return offer

    def events(self, *types: type) -> list[Event]:
        """What has happened, of these types."""
        return [fact.event for _, fact, _ in self.facts if isinstance(fact.event, types)]

    def renewed(self, *agent_ids: str) -> None:
        """These softphones say that they are here, as a shard takes it."""
        message = m.RenewLeases(agent_ids)
        self.roster.renew(agent_ids, self.now_ms)
        for event in decide_roster(self.roster, message, self.now_ms).events:
            self.apply(self.roster, event, Cause(SYSTEM))
