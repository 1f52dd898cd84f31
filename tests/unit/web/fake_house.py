"""A house without processes: the real engine, run at once for every command, with its router.

Commands, refusals, offers and frames are therefore real; only journal, links and deadlines are missing.
"""

import time
from collections import defaultdict
from collections.abc import Callable, Sequence
from random import Random
from typing import Any

import msgspec

from actors.questions import UnavailableError
from actors.reads import answer
from actors.watchers import agent_frame, call_frame
from actors.wire import AgentFrame, CallFrame, Read, ReadResult
from engine import messages as m
from engine.commands import Command, Outcome, QueueCommand
from engine.events import AgentConfigured, Cause, Fact
from engine.principals import SYSTEM, Principal
from engine.roster import Roster
from engine.roster.decide import decide as decide_roster
from engine.routing.dispatcher import Dispatcher
from engine.switchboard import Switchboard
from engine.switchboard.decide import decide as decide_board

EPOCH = 1


class Clinic:
    """One tenant's owners and router."""

    def __init__(self, tenant_id: str) -> None:
        self.board = Switchboard(tenant_id)
        self.roster = Roster(tenant_id)
        self.dispatcher = Dispatcher(Random(1))


class FakeHouse:
    """Implements `web.house.House`. `available` False: nobody answers."""

    def __init__(self) -> None:
        self.clinics: dict[str, Clinic] = {}
        self.available = True
        self.ready = True
        self.commands: list[Command] = []
        self.renewed: defaultdict[tuple[str, str], int] = defaultdict(int)
        self.pictures: dict[str, dict[str, Any]] = {}
        self.pictures_read = 0
        self._agents: defaultdict[tuple[str, str], list[Callable[[AgentFrame], None]]] = defaultdict(list)
        self._calls: defaultdict[tuple[str, str], list[Callable[[CallFrame], None]]] = defaultdict(list)

    def clinic(self, tenant_id: str) -> Clinic:
        return self.clinics.setdefault(tenant_id, Clinic(tenant_id))

    # -- what doors ask ----------------------------------------------------------------------------

    async def execute(self, command: Command, *, timeout_s: float = 5.0) -> Outcome:
        del timeout_s
        self._check()
        self.commands.append(command)
        clinic = self.clinic(command.tenant_id)
        owner = clinic.board if isinstance(command.body, QueueCommand) else clinic.roster
        outcome = self._decide(clinic, owner, command)
        self._route(clinic)
        assert isinstance(outcome, Outcome)
        return outcome

    async def read(self, tenant_id: str, what: str, *, after: str = "", limit: int = 200) -> ReadResult:
        self._check()
        clinic = self.clinic(tenant_id)
        owner = clinic.roster if what in {"agents", "agent"} else clinic.board
        return answer(owner, EPOCH, Read(tenant_id, "r", what, after, limit))

    async def read_live(self, tenant_id: str) -> tuple[int, bytes]:
        self._check()
        self.pictures_read += 1
        picture = self.pictures[tenant_id]
        return picture["position"], msgspec.msgpack.encode(picture)

    def watch_agents(
        self, tenant_id: str, agent_ids: Sequence[str], on_frame: Callable[[AgentFrame], None], *, renew: bool = False
    ) -> Callable[[], None]:
        for agent_id in agent_ids:
            self._agents[tenant_id, agent_id].append(on_frame)
            self.renewed[tenant_id, agent_id] += renew
            on_frame(agent_frame(self.clinic(tenant_id).roster, EPOCH, agent_id))

        def unwatch() -> None:
            for agent_id in agent_ids:
                self._agents[tenant_id, agent_id].remove(on_frame)
                self.renewed[tenant_id, agent_id] -= renew

        return unwatch

    def watch_calls(
        self, tenant_id: str, call_ids: Sequence[str], on_frame: Callable[[CallFrame], None], *, renew: bool = False
    ) -> Callable[[], None]:
        for call_id in call_ids:
            self._calls[tenant_id, call_id].append(on_frame)
            self.renewed[tenant_id, call_id] += renew
            on_frame(call_frame(self.clinic(tenant_id).board, EPOCH, call_id))

        def unwatch() -> None:
            for call_id in call_ids:
                self._calls[tenant_id, call_id].remove(on_frame)
                self.renewed[tenant_id, call_id] -= renew

        return unwatch

    def watchers(self, tenant_id: str, identity: str) -> int:
        """How many watch this agent or call."""
        return len(self._agents[tenant_id, identity]) + len(self._calls[tenant_id, identity])

    # -- how owners answer -------------------------------------------------------------------------

    def _check(self) -> None:
        if not self.available:
            raise UnavailableError("nobody answers")

    def _decide(self, clinic: Clinic, owner: Switchboard | Roster, message: Command | m.Message) -> Any:
        now_ms = time.time_ns() // 1_000_000
        if isinstance(owner, Switchboard):
            decision = decide_board(owner, message, now_ms)
        else:
            decision = decide_roster(owner, message, now_ms)
        cause = _cause(message, decision.by)
        for event in decision.events:
            owner.evolve(Fact(now_ms, cause, event), owner.position + 1)
        self._changed(clinic, owner, decision.events)
        self._follow_steps(clinic, owner)
        return decision.answer

    def _follow_steps(self, clinic: Clinic, owner: Switchboard | Roster) -> None:
        """Ask the other owner what is open, until nothing is."""
        other = clinic.roster if isinstance(owner, Switchboard) else clinic.board
        for key in owner.steps.take_changed():
            step = owner.steps.get(key)
            if step is None:
                continue
            reply = self._decide(clinic, other, step)
            if reply is not None:
                self._decide(clinic, owner, reply)

    def _route(self, clinic: Clinic) -> None:
        now_ms = time.time_ns() // 1_000_000
        while proposals := clinic.dispatcher.proposals(now_ms):
            for proposal in proposals:
                refused = self._decide(clinic, clinic.board, proposal)
                if isinstance(refused, m.ProposalRefused):
                    clinic.dispatcher.refused(refused.call_id, refused.agent_id)

    def _changed(self, clinic: Clinic, owner: Switchboard | Roster, events: Sequence[Any]) -> None:
        tenant_id = owner.tenant_id
        if isinstance(owner, Switchboard):
            for settings in owner.queues.values():
                clinic.dispatcher.queue_changed(settings)
            for call_id in {event.call_id for event in events if hasattr(event, "call_id")}:
                clinic.dispatcher.call_changed(call_id, owner.calls.get(call_id))
                for call_heard in list(self._calls[tenant_id, call_id]):
                    call_heard(call_frame(owner, EPOCH, call_id))
            return
        for agent_id in dict.fromkeys(filter(None, map(_agent_of, events))):
            clinic.dispatcher.agent_changed(owner.agents[agent_id])
            for agent_heard in list(self._agents[tenant_id, agent_id]):
                agent_heard(agent_frame(owner, EPOCH, agent_id))


def _agent_of(event: Any) -> str | None:
    if isinstance(event, AgentConfigured):
        return event.settings.agent_id
    found: str | None = getattr(event, "agent_id", None)
    return found


def _cause(message: Command | m.Message, by: Principal) -> Cause:
    if isinstance(message, Command):
        return Cause(by, message.command_id, message.expires_at_ms, message.trace_id)
    return Cause(SYSTEM)
