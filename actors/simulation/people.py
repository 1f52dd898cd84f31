"""Callers and agents of a simulated tenant, behind a door that sends their commands until they are answered.

People change their minds: agents step away, also while it rings; softphones and callers fall silent; supervisors give
calls another priority. A door asks again, now and then even what was answered already, and must get the same answer.
"""

import asyncio
from collections.abc import Callable, Coroutine
from random import Random

import msgspec

from actors.simulation.ledger import Ledger
from actors.simulation.network import Node, Pipe
from actors.wire import AgentFrame, CallFrame, Envelope, Frame, WatchAgents, WatchCalls
from engine.agent import Agent, Engagement, EngagementState
from engine.call import Call
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
    Outcome,
    PrioritiseCall,
    QueueCommand,
    ResumeCall,
    SetPresence,
)
from engine.messages import RenewLeases
from engine.principals import Principal, Role
from engine.refusals import Refusal
from engine.roster import Roster
from engine.settings import AgentSettings, QueueSettings
from engine.skills import SkillNeed
from engine.switchboard import Switchboard
from persistence.journal import Kind, partition_of

ASK_AGAIN_S = 0.4
LIFETIME_S = 20.0
VANISH_S = 14.0
"""How long a softphone that fell silent stays so: longer than its grace."""
TRANSIENT = {Refusal.EXPIRED.value, Refusal.OVERLOADED.value, Refusal.UNAVAILABLE.value}
"""Refusals that say nothing about the command itself, and so need not be repeated."""

SendToOwner = Callable[[Kind, int, Frame], None]


class Habits(msgspec.Struct, frozen=True):
    """How often people do what, as probabilities. Once `cooperative`, every ring is answered and nobody leaves."""

    accept: float = 0.7
    decline: float = 0.1
    hold: float = 0.2
    leave: float = 0.05
    vanish: float = 0.05
    prioritise: float = 0.1
    leased: float = 0.3
    fall_silent: float = 0.1
    hang_up_first: float = 0.03
    ask_twice: float = 0.1


class Door:
    """One tenant's gateway: sends commands, asks again until answered, and remembers what was acknowledged."""

    def __init__(self, tenant_id: str, ledger: Ledger, rng: Random, now_ms: Callable[[], int]) -> None:
        self.tenant_id = tenant_id
        self.node = Node(f"door-{tenant_id}", None, self._receive)
        self.send: SendToOwner
        self.cooperative = False
        self.acknowledged_calls: set[str] = set()
        self.asked_to_end: set[str] = set()
        self._ledger = ledger
        self._rng = rng
        self._now_ms = now_ms
        self._waiting: dict[str, asyncio.Future[Outcome]] = {}
        self._busy: set[tuple[str, str]] = set()
        self._tasks: set[asyncio.Task[None]] = set()
        self._commands = 0
        self._answered: dict[str, str] = {}
        self.vanished: dict[str, int] = {}
        self.habits = Habits()

    async def tell(self, body: QueueCommand | AgentCommand, principal: Principal) -> Outcome | None:
        """Send a command until its outcome arrives; None if it stays unknown until it expires."""
        self._commands += 1
        command_id = f"{self.tenant_id}-c{self._commands}"
        expires_at_ms = self._now_ms() + round(LIFETIME_S * 1_000)
        command = Command(self.tenant_id, command_id, expires_at_ms, principal, body)
        kind = Kind.QUEUE if isinstance(body, QueueCommand) else Kind.AGENT
        answer: asyncio.Future[Outcome] = asyncio.get_running_loop().create_future()
        self._waiting[command_id] = answer
        while not answer.done() and self._now_ms() < expires_at_ms:
            self._send(kind, Envelope(self.tenant_id, 0, command))
            await asyncio.wait([answer], timeout=ASK_AGAIN_S)
        del self._waiting[command_id]
        if self._rng.random() < self.habits.ask_twice:
            self._send(kind, Envelope(self.tenant_id, 0, command))
        if not answer.done():
            return None
        outcome = answer.result()
        if outcome.ok and not isinstance(body, HangUpCall) and command_id not in self._ledger.committed_commands:
            self._ledger.says(f"{command_id} was acknowledged before it was durable")
        return outcome

    async def configure(self, queues: list[QueueSettings], agents: list[AgentSettings]) -> None:
        """Set the tenant up, however long it takes."""
        administrator = Principal(Role.ADMINISTRATOR, "setup")
        bodies: list[QueueCommand | AgentCommand] = [ConfigureQueue(settings) for settings in queues]
        bodies += [ConfigureAgent(settings) for settings in agents]
        for body in bodies:
            outcome = None
            while outcome is None:
                outcome = await self.tell(body, administrator)
        for settings in agents:
            self._spawn(self._be_agent(settings.agent_id))

    async def be_caller(self, call_id: str, queue_id: str, patience_s: float) -> None:
        """Arrive, wait, and give up after `patience_s` unless it was answered."""
        rng, habits, principal = self._rng, self.habits, Principal(Role.CALLER, call_id)
        if rng.random() < habits.hang_up_first:
            await self.tell(HangUpCall(call_id), principal)
        leased = rng.random() < habits.leased
        priority = rng.choice([None, None, None, 5, 50])
        needs = (SkillNeed("spanish", rng.randint(1, 9)),) if rng.random() < 0.2 else ()
        outcome = await self.tell(EnqueueCall(call_id, queue_id, None, "voice", priority, needs, leased), principal)
        if outcome is not None and outcome.ok:
            self.acknowledged_calls.add(call_id)
        if leased:
            self._spawn(self._keep_alive(call_id))
        self._send(Kind.QUEUE, WatchCalls(self.tenant_id, (call_id,)))
        if rng.random() < habits.prioritise:
            await asyncio.sleep(rng.uniform(0, patience_s))
            await self.tell(PrioritiseCall(call_id, rng.randint(0, 100)), Principal(Role.SUPERVISOR, "boss"))
        await asyncio.sleep(patience_s)
        if not self._ledger.was_answered(call_id):
            self.asked_to_end.add(call_id)
            await self.tell(HangUpCall(call_id), principal)

    async def _keep_alive(self, call_id: str) -> None:
        """The caller's page says that it is there, until it is closed without a word."""
        while not self._ledger.is_over(call_id):
            if not self.cooperative and self._rng.random() < self.habits.fall_silent:
                self.asked_to_end.add(call_id)
                return
            self._send(Kind.QUEUE, Envelope(self.tenant_id, 0, RenewLeases((call_id,))))
            await asyncio.sleep(3.0)

    async def _be_agent(self, agent_id: str) -> None:
        """Sign in, keep the softphone alive, and now and then step away."""
        me = Principal(Role.AGENT, agent_id)
        while True:
            await self.tell(SetPresence(agent_id, "available"), me)
            for _ in range(self._rng.randint(3, 12)):
                self._send(Kind.AGENT, WatchAgents(self.tenant_id, (agent_id,)))
                self._send(Kind.AGENT, Envelope(self.tenant_id, 0, RenewLeases((agent_id,))))
                await asyncio.sleep(2.0)
            if not self.cooperative and self._rng.random() < self.habits.vanish:
                self.vanished[agent_id] = self._now_ms()
                await asyncio.sleep(VANISH_S)
                del self.vanished[agent_id]
            if not self.cooperative and self._rng.random() < self.habits.leave:
                await self.tell(SetPresence(agent_id, "away", "break"), me)
                await asyncio.sleep(self._rng.uniform(1, 8))

    def _receive(self, back: Pipe, kind: Kind | None, frame: Frame) -> None:
        del back
        if getattr(frame, "tenant_id", self.tenant_id) != self.tenant_id:
            self._ledger.says(f"{self.tenant_id} received a frame of another tenant")
        match frame:
            case Envelope(body=Outcome() as outcome):
                self._hear(outcome)
            case AgentFrame(agent=Agent() as agent):
                self._check_agent(agent)
                for held in agent.engagements if agent.agent_id not in self.vanished else ():
                    self._answer(agent, held)
            case CallFrame(call=Call() as call):
                self._check_call(call)
            case _:
                del kind

    def _hear(self, outcome: Outcome) -> None:
        """The same command has the same outcome, however often it is asked."""
        if outcome.code not in TRANSIENT:
            before = self._answered.setdefault(outcome.command_id, outcome.code)
            if before != outcome.code:
                self._ledger.says(f"{outcome.command_id} was answered {before}, then {outcome.code}")
        answer = self._waiting.get(outcome.command_id)
        if answer is not None and not answer.done():
            answer.set_result(outcome)

    def _check_agent(self, agent: Agent) -> None:
        """What is shown is committed, and is what was committed."""
        roster = self._ledger.shadows.of(Kind.AGENT, self.tenant_id)
        known = roster.agents.get(agent.agent_id) if isinstance(roster, Roster) else None
        if known is None or agent.version > known.version:
            self._ledger.says(f"{agent.agent_id} was shown version {agent.version}, which is not committed")
        elif agent.version == known.version and agent != known:
            self._ledger.says(f"{agent.agent_id} was shown otherwise than committed")

    def _check_call(self, call: Call) -> None:
        board = self._ledger.shadows.of(Kind.QUEUE, self.tenant_id)
        known = board.calls.get(call.call_id) if isinstance(board, Switchboard) else None
        if call.version > board.position or (known is not None and call.version > known.version):
            self._ledger.says(f"{call.call_id} was shown version {call.version}, which is not committed")
        elif known is not None and call.version == known.version and call != known:
            self._ledger.says(f"{call.call_id} was shown otherwise than committed")

    def _answer(self, agent: Agent, held: Engagement) -> None:
        """Do the next thing about an engagement, once."""
        step = (held.offer_id, held.state.value)
        if step in self._busy:
            return
        self._busy.add(step)
        match held.state:
            case EngagementState.RINGING:
                self._spawn(self._ring(agent.agent_id, held))
            case EngagementState.LIVE:
                self._spawn(self._talk(agent.agent_id, held))
            case EngagementState.WRAP_UP:
                self._spawn(self._wrap_up(agent.agent_id, held))
            case _:
                pass

    async def _ring(self, agent_id: str, held: Engagement) -> None:
        me = Principal(Role.AGENT, agent_id)
        await asyncio.sleep(self._rng.uniform(0.05, 2.5))
        chance = self._rng.random()
        if self.cooperative or chance < self.habits.accept:
            await self.tell(AcceptOffer(agent_id, held.offer_id), me)
        elif chance < self.habits.accept + self.habits.decline:
            await self.tell(DeclineOffer(agent_id, held.offer_id), me)

    async def _talk(self, agent_id: str, held: Engagement) -> None:
        me = Principal(Role.AGENT, agent_id)
        await asyncio.sleep(self._rng.uniform(0.2, 4.0))
        if self._rng.random() < self.habits.hold:
            await self.tell(HoldCall(held.call_id), me)
            await asyncio.sleep(self._rng.uniform(0.1, 1.0))
            await self.tell(ResumeCall(held.call_id), me)
        outcome = None
        while outcome is None:
            self.asked_to_end.add(held.call_id)
            outcome = await self.tell(HangUpCall(held.call_id), me)

    async def _wrap_up(self, agent_id: str, held: Engagement) -> None:
        await asyncio.sleep(self._rng.uniform(0.1, 1.0))
        outcome = None
        while outcome is None:
            outcome = await self.tell(CompleteWrapUp(agent_id, held.call_id, "booked"), Principal(Role.AGENT, agent_id))

    def _send(self, kind: Kind, frame: Frame) -> None:
        self.send(kind, partition_of(self.tenant_id), frame)

    def _spawn(self, work: Coroutine[None, None, None]) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
