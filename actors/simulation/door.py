"""The door of a simulated tenant: sends commands until they are answered, and looks at everything that comes back.

A door asks again, now and then even what was answered already, and must get the same answer. What it is shown must be
committed, and just as it was committed.
"""

import asyncio
from collections.abc import Callable, Coroutine
from random import Random

from actors.simulation.ledger import Ledger
from actors.simulation.network import Node, Pipe
from actors.wire import AgentFrame, CallFrame, Envelope, Frame, Read, ReadResult
from engine.agent import Agent
from engine.call import Call
from engine.commands import AgentCommand, Command, HangUpCall, Outcome, QueueCommand
from engine.principals import Principal
from engine.refusals import Refusal
from engine.roster import Roster
from engine.switchboard import Switchboard
from persistence.journal import Kind, partition_of

ASK_AGAIN_S = 0.4
LIFETIME_S = 20.0
ASK_TWICE = 0.1
"""How often a door asks once more what was answered already."""
TRANSIENT = {Refusal.EXPIRED.value, Refusal.OVERLOADED.value, Refusal.UNAVAILABLE.value}
"""Refusals that say nothing about the command itself, and so need not be repeated."""

SendToOwner = Callable[[Kind, int, Frame], None]


class Door:
    """One tenant's gateway. Once `cooperative`, nobody behind it leaves, falls silent or makes mistakes any more."""

    def __init__(self, tenant_id: str, ledger: Ledger, rng: Random, now_ms: Callable[[], int]) -> None:
        self.tenant_id = tenant_id
        self.node = Node(f"door-{tenant_id}", None, self._receive)
        self.send_to_owner: SendToOwner
        self.cooperative = False
        self.ledger = ledger
        self.rng = rng
        self.now_ms = now_ms
        self.on_agent: Callable[[Agent], None] = lambda _: None
        self._waiting: dict[str, asyncio.Future[Outcome]] = {}
        self._answered: dict[str, str] = {}
        self._reading: dict[str, asyncio.Future[ReadResult]] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._commands = 0

    async def tell(
        self, body: QueueCommand | AgentCommand, principal: Principal, *, lifetime_s: float = LIFETIME_S
    ) -> Outcome | None:
        """Send a command until its outcome arrives; None if it stays unknown until it expires."""
        self._commands += 1
        command_id = f"{self.tenant_id}-c{self._commands}"
        expires_at_ms = self.now_ms() + round(lifetime_s * 1_000)
        command = Command(self.tenant_id, command_id, expires_at_ms, principal, body)
        kind = Kind.QUEUE if isinstance(body, QueueCommand) else Kind.AGENT
        answer: asyncio.Future[Outcome] = asyncio.get_running_loop().create_future()
        self._waiting[command_id] = answer
        self.send(kind, Envelope(self.tenant_id, 0, command))
        await asyncio.wait([answer], timeout=ASK_AGAIN_S)
        while not answer.done() and self.now_ms() < expires_at_ms:
            self.send(kind, Envelope(self.tenant_id, 0, command))
            await asyncio.wait([answer], timeout=ASK_AGAIN_S)
        del self._waiting[command_id]
        if self.rng.random() < ASK_TWICE:
            self.send(kind, Envelope(self.tenant_id, 0, command))
        if not answer.done():
            return None
        outcome = answer.result()
        self.ledger.lived[f"answer {outcome.code}"] += 1
        if outcome.ok and not isinstance(body, HangUpCall) and command_id not in self.ledger.committed_commands:
            self.ledger.says(f"{command_id} was acknowledged before it was durable")
        return outcome

    async def tell_until_known(self, body: QueueCommand | AgentCommand, principal: Principal) -> None:
        """The same until it is decided, with a new command each time that one has expired."""
        while await self.tell(body, principal) is None:
            continue

    async def read(self, kind: Kind, what: str) -> ReadResult | None:
        """One page of what an owner holds; None if nobody answers soon."""
        self._commands += 1
        request_id = f"{self.tenant_id}-r{self._commands}"
        answer: asyncio.Future[ReadResult] = asyncio.get_running_loop().create_future()
        self._reading[request_id] = answer
        self.send(kind, Read(self.tenant_id, request_id, what))
        await asyncio.wait([answer], timeout=ASK_AGAIN_S)
        del self._reading[request_id]
        return answer.result() if answer.done() else None

    def send(self, kind: Kind, frame: Frame) -> None:
        """Send to the tenant's owner of a kind, once."""
        self.send_to_owner(kind, partition_of(self.tenant_id), frame)

    def spawn(self, work: Coroutine[None, None, None]) -> None:
        """Let somebody behind this door do something meanwhile."""
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def _receive(self, back: Pipe, kind: Kind | None, frame: Frame) -> None:
        del back, kind
        if getattr(frame, "tenant_id", self.tenant_id) != self.tenant_id:
            self.ledger.says(f"{self.tenant_id} received a frame of another tenant")
        match frame:
            case Envelope(body=Outcome() as outcome):
                self._hear(outcome)
            case AgentFrame(agent=Agent() as agent):
                self._check_agent(agent)
                self.on_agent(agent)
            case CallFrame(call=Call() as call):
                self._check_call(call)
            case ReadResult(calls=calls, agents=agents):
                for call in calls:
                    self._check_call(call)
                for agent in agents:
                    self._check_agent(agent)
                answer = self._reading.get(frame.request_id)
                if answer is not None and not answer.done():
                    answer.set_result(frame)
            case _:
                pass

    def _hear(self, outcome: Outcome) -> None:
        """The same command has the same outcome, however often it is asked."""
        if outcome.code not in TRANSIENT:
            before = self._answered.setdefault(outcome.command_id, outcome.code)
            if before != outcome.code:
                self.ledger.says(f"{outcome.command_id} was answered {before}, then {outcome.code}")
        answer = self._waiting.get(outcome.command_id)
        if answer is not None and not answer.done():
            answer.set_result(outcome)

    def _check_agent(self, agent: Agent) -> None:
        """What is shown is committed, and is what was committed."""
        roster = self.ledger.shadows.of(Kind.AGENT, self.tenant_id)
        known = roster.agents.get(agent.agent_id) if isinstance(roster, Roster) else None
        if known is None or agent.version > known.version:
            self.ledger.says(f"{agent.agent_id} was shown version {agent.version}, which is not committed")
        elif agent.version == known.version and agent != known:
            self.ledger.says(f"{agent.agent_id} was shown otherwise than committed")

    def _check_call(self, call: Call) -> None:
        board = self.ledger.shadows.of(Kind.QUEUE, self.tenant_id)
        known = board.calls.get(call.call_id) if isinstance(board, Switchboard) else None
        if call.version > board.position or (known is not None and call.version > known.version):
            self.ledger.says(f"{call.call_id} was shown version {call.version}, which is not committed")
        elif known is not None and call.version == known.version and call != known:
            self.ledger.says(f"{call.call_id} was shown otherwise than committed")
