"""A small clinic that lives by the engine's own rules: what happens is drawn from a seed, and lands in two journals."""

from collections.abc import Callable, Iterator
from random import Random

import msgspec

from engine import messages as m
from engine.call import CallState
from engine.commands import (
    AcceptOffer,
    AgentCommand,
    Command,
    CompleteWrapUp,
    ConfigureAgent,
    ConfigureQueue,
    DeclineOffer,
    EnqueueCall,
    HangUpCall,
    HoldCall,
    PrioritiseCall,
    QueueCommand,
    ResumeCall,
    SetPresence,
)
from engine.decision import Decision
from engine.events import Cause, Fact
from engine.principals import Principal, Role
from engine.roster import Roster
from engine.roster.decide import decide as decide_roster
from engine.settings import AgentSettings, QueueSettings
from engine.switchboard import Switchboard
from engine.switchboard.decide import decide as decide_board

START_MS = 1_700_000_100_000
SUPERVISOR = Principal(Role.SUPERVISOR, "s-1")


class Placed(msgspec.Struct, frozen=True):
    """A fact where it stands in its stream. Positions of one tenant have gaps: others live in the partition too."""

    position: int
    fact: Fact


class Clinic:
    """Both owners of one tenant, without faults: what they ask each other is answered at once."""

    def __init__(self, seed: int = 0, tenant_id: str = "ash") -> None:
        self.rng = Random(seed)
        self.tenant_id = tenant_id
        self.now_ms = START_MS
        self.board = Switchboard(tenant_id)
        self.roster = Roster(tenant_id)
        self.queue_facts: list[Placed] = []
        self.agent_facts: list[Placed] = []
        self._commands = 0

    # -- said outright -----------------------------------------------------------------------------

    def open(self, queues: list[QueueSettings], agents: list[AgentSettings]) -> None:
        for queue in queues:
            self.tell(ConfigureQueue(queue))
        for agent in agents:
            self.tell(ConfigureAgent(agent))
            self.tell(SetPresence(agent.agent_id, "available"))

    def pass_s(self, seconds: float) -> None:
        """Time passes, and what it brings happens."""
        self.now_ms += round(seconds * 1_000)
        while (event := self.board.due(self.now_ms)) is not None:
            self._queue(Decision((event,)))
        while (owed := self.roster.due(self.now_ms)) is not None:
            self._agent(Decision((owed,)))
        self._converse()

    def tell(self, body: QueueCommand | AgentCommand, by: Principal = SUPERVISOR) -> None:
        self._commands += 1
        command = Command(self.tenant_id, f"c-{self._commands}", self.now_ms + 10_000, by, body)
        if isinstance(body, QueueCommand):
            self._queue(decide_board(self.board, command, self.now_ms))
        else:
            self._agent(decide_roster(self.roster, command, self.now_ms))
        self._converse()

    def propose(self, call_id: str, agent_id: str) -> None:
        call = self.board.calls[call_id]
        self._queue(decide_board(self.board, m.ProposeOffer(call_id, agent_id, call.version), self.now_ms))
        self._converse()

    def keep_softphones(self) -> None:
        self.roster.renew(tuple(self.roster.agents), self.now_ms)

    # -- drawn -------------------------------------------------------------------------------------

    def live(self, steps: int) -> None:
        """Open with a few queues and agents, and let that many things happen."""
        rng = self.rng
        queues = [
            QueueSettings(
                queue_id=f"q{number}",
                name=f"Queue {number}",
                offer_timeout_s=rng.choice([3.0, 20.0]),
                wrap_up_s=rng.choice([0.0, 10.0]),
                sla_threshold_s=rng.choice([5.0, 20.0]),
                disposition_required=rng.random() < 0.3,
                rest_after_decline_s=rng.choice([0.0, 5.0]),
            )
            for number in range(rng.randint(1, 3))
        ]
        served = tuple(queue.queue_id for queue in queues)
        agents = [
            AgentSettings(f"a{number}", served[: rng.randint(1, 3)], capacity=rng.choice([1, 1, 2]))
            for number in range(rng.randint(1, 4))
        ]
        self.open(queues, agents)
        for _ in range(steps):
            self.pass_s(rng.choice([0.0, 0.2, 1.0, 2.0, 7.0, 400.0 if rng.random() < 0.2 else 1.0]))
            if rng.random() < 0.95:
                self.keep_softphones()
            rng.choice(self._possible())()

    def _possible(self) -> list[Callable[[], None]]:
        rng, board, roster = self.rng, self.board, self.roster
        call = rng.choice(list(board.calls.values())) if board.calls else None
        agent = rng.choice(list(roster.agents.values()))
        by_agent = Principal(Role.AGENT, agent.agent_id)
        call_id = f"k{len(self.queue_facts)}"
        found: list[Callable[[], None]] = [
            lambda: self.tell(EnqueueCall(call_id, rng.choice(list(board.queues)), priority=rng.choice([None, 3]))),
            lambda: self.tell(
                SetPresence(
                    agent.agent_id, rng.choice(["available", "available", "available", "away", "offline"]), "tea"
                ),
                by_agent,
            ),
        ]
        if call is not None and call.state is CallState.WAITING:
            free = [one.agent_id for one in roster.agents.values() if one.free and call.queue_id in one.settings.queues]
            found += [lambda: self.propose(call.call_id, rng.choice(free or [agent.agent_id]))] * (6 if free else 1)
            found.append(lambda: self.tell(PrioritiseCall(call.call_id, rng.randint(0, 9))))
        if call is not None:
            talker = Principal(Role.AGENT, call.agent_id or "")
            found.append(lambda: self.tell(HangUpCall(call.call_id)))
            found.append(lambda: self.tell(HoldCall(call.call_id), talker))
            found.append(lambda: self.tell(ResumeCall(call.call_id), talker))
        for held in agent.engagements:
            accept, decline = AcceptOffer(agent.agent_id, held.offer_id), DeclineOffer(agent.agent_id, held.offer_id)
            finish = CompleteWrapUp(agent.agent_id, held.call_id, "booked")
            found += [lambda accept=accept: self.tell(accept, by_agent)] * 8  # type: ignore[misc]
            found.append(lambda decline=decline: self.tell(decline, by_agent))  # type: ignore[misc]
            found.append(lambda finish=finish: self.tell(finish, by_agent))  # type: ignore[misc]
        return found

    # -- the two owners ------------------------------------------------------------------------------

    def _converse(self) -> None:
        """Ask every open step until neither owner has anything new to say."""
        before = -1
        while before != len(self.queue_facts) + len(self.agent_facts):
            before = len(self.queue_facts) + len(self.agent_facts)
            for step in list(self.board.steps.as_dict().values()):
                answer = decide_roster(self.roster, step, self.now_ms)
                self._agent(answer)
                if isinstance(answer.answer, m.ToQueue):
                    self._queue(decide_board(self.board, answer.answer, self.now_ms))
            for asked in list(self.roster.steps.as_dict().values()):
                reply = decide_board(self.board, asked, self.now_ms)
                self._queue(reply)
                if isinstance(reply.answer, m.ToAgent):
                    self._agent(decide_roster(self.roster, reply.answer, self.now_ms))

    def _queue(self, decision: Decision) -> None:
        for event in decision.events:
            placed = Placed(self.board.position + self.rng.randint(1, 3), Fact(self.now_ms, Cause(decision.by), event))
            self.queue_facts.append(placed)
            self.board.evolve(placed.fact, placed.position)

    def _agent(self, decision: Decision) -> None:
        for event in decision.events:
            placed = Placed(self.roster.position + self.rng.randint(1, 3), Fact(self.now_ms, Cause(decision.by), event))
            self.agent_facts.append(placed)
            self.roster.evolve(placed.fact, placed.position)


def interleaved(clinic: Clinic, rng: Random) -> Iterator[tuple[bool, Placed]]:
    """All facts, each stream in order, the two mixed at random; whether each is the queues'."""
    queue, agent = list(clinic.queue_facts), list(clinic.agent_facts)
    while queue or agent:
        of_queue = bool(queue) and (not agent or rng.random() < 0.5)
        yield of_queue, (queue if of_queue else agent).pop(0)
