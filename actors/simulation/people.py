"""Callers and agents of a simulated tenant, behind a door that sends their commands until they are answered."""

import asyncio
from collections.abc import Callable, Coroutine
from random import Random

import msgspec

from actors.simulation.ledger import Ledger
from actors.simulation.network import Node, Pipe
from actors.wire import AgentFrame, CallFrame, Envelope, Frame, WatchAgents
from engine.agent import Agent, Engagement, EngagementState
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
    QueueCommand,
    ResumeCall,
    SetPresence,
)
from engine.messages import RenewLeases
from engine.principals import Principal, Role
from engine.settings import AgentSettings, QueueSettings
from persistence.journal import Kind, partition_of

ASK_AGAIN_S = 0.4
LIFETIME_S = 20.0

SendToOwner = Callable[[Kind, int, Frame], None]


class Habits(msgspec.Struct, frozen=True):
    """How the people of a world behave. Once `cooperative`, every ring is answered and every call ended."""

    accept: float
    decline: float
    hold: float
    leave: float


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
        self.habits = Habits(0.7, 0.1, 0.2, 0.05)

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
            self.send(kind, partition_of(self.tenant_id), Envelope(self.tenant_id, 0, command))
            await asyncio.wait([answer], timeout=ASK_AGAIN_S)
        del self._waiting[command_id]
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
        principal = Principal(Role.CALLER, call_id)
        if self._rng.random() < 0.03:
            await self.tell(HangUpCall(call_id), principal)
        outcome = await self.tell(EnqueueCall(call_id, queue_id), principal)
        if outcome is not None and outcome.ok:
            self.acknowledged_calls.add(call_id)
        await asyncio.sleep(patience_s)
        if call_id not in self._ledger.winner:
            self.asked_to_end.add(call_id)
            await self.tell(HangUpCall(call_id), principal)

    async def _be_agent(self, agent_id: str) -> None:
        """Sign in, keep the softphone alive, and now and then step away."""
        number = partition_of(self.tenant_id)
        me = Principal(Role.AGENT, agent_id)
        while True:
            await self.tell(SetPresence(agent_id, "available"), me)
            for _ in range(self._rng.randint(3, 12)):
                self.send(Kind.AGENT, number, WatchAgents(self.tenant_id, (agent_id,)))
                self.send(Kind.AGENT, number, Envelope(self.tenant_id, 0, RenewLeases((agent_id,))))
                await asyncio.sleep(2.0)
            if not self.cooperative and self._rng.random() < self.habits.leave:
                await self.tell(SetPresence(agent_id, "away", "break"), me)
                await asyncio.sleep(self._rng.uniform(1, 8))

    def _receive(self, back: Pipe, kind: Kind | None, frame: Frame) -> None:
        del back
        if getattr(frame, "tenant_id", self.tenant_id) != self.tenant_id:
            self._ledger.says(f"{self.tenant_id} received a frame of another tenant")
        match frame:
            case Envelope(body=Outcome() as outcome):
                answer = self._waiting.get(outcome.command_id)
                if answer is not None and not answer.done():
                    answer.set_result(outcome)
            case AgentFrame(agent=Agent() as agent):
                known = self._ledger.tenant_position.get((Kind.AGENT, self.tenant_id), 0)
                if agent.version > known:
                    self._ledger.says(f"{agent.agent_id} was shown position {agent.version}, committed is {known}")
                for held in agent.engagements:
                    self._answer(agent, held)
            case CallFrame():
                pass
            case _:
                del kind

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
        await self.tell(CompleteWrapUp(agent_id, held.call_id, "booked"), Principal(Role.AGENT, agent_id))

    def _spawn(self, work: Coroutine[None, None, None]) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
