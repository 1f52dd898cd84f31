"""What one websocket watches: agents whose softphone it is, calls, and who the callers at those softphones are."""

import asyncio
from collections.abc import Callable, Sequence

import msgspec

from actors.wire import AgentFrame, CallFrame
from engine.agent import Agent
from engine.principals import Role
from web.errors import KINDS, DoorError
from web.protocol import AGENTS_PER_SOCKET_MAX, CallerNames, ErrorFrame, ServerFrame
from web.roles import Action, User, acting_agent, check
from web.services import Gateway
from web.views import agent_view, call_view

WATCHED_CALLS_MAX = 200
LEASED_CALLS_MAX = 20_000
"""Calls that one program may watch or keep alive; a browser may watch `WATCHED_CALLS_MAX`."""


class _Attached(msgspec.Struct):
    """Agents that were attached together."""

    agent_ids: set[str]
    unwatch: Callable[[], None]


class Watching:
    """Everything that has to end with the connection."""

    def __init__(self, gateway: Gateway, user: User, send: Callable[[ServerFrame], None]) -> None:
        self._gateway = gateway
        self._user = user
        self._send = send
        self._attached: list[_Attached] = []
        self._versions: dict[str, int] = {}
        self._calls: dict[str, Callable[[], None]] = {}
        self._engaged: dict[str, set[str]] = {}
        self._told: dict[str, set[str]] = {}
        self._telling: set[asyncio.Task[None]] = set()

    def close(self) -> None:
        for group in self._attached:
            group.unwatch()
        for unwatch in self._calls.values():
            unwatch()
        for task in self._telling:
            task.cancel()
        self._attached, self._calls = [], {}

    # -- agents ------------------------------------------------------------------------------------

    def attach(self, agent_ids: Sequence[str]) -> None:
        """Be the softphone of these agents. Raises `DoorError` if one is not theirs, or there are too many."""
        check(self._user, Action.ATTACH_AGENT)
        for agent_id in agent_ids:
            acting_agent(self._user, agent_id)
        new = set(agent_ids) - {agent_id for group in self._attached for agent_id in group.agent_ids}
        if len(new) + sum(len(group.agent_ids) for group in self._attached) > AGENTS_PER_SOCKET_MAX:
            raise DoorError("too_many")
        if new:
            self._attached.append(self._watch_agents(new))

    def detach(self, agent_ids: Sequence[str]) -> None:
        """Let go of these agents; those that were attached with them are held without a gap."""
        leaving = set(agent_ids)
        kept: list[_Attached] = []
        for group in self._attached:
            staying = group.agent_ids - leaving
            if staying == group.agent_ids:
                kept.append(group)
                continue
            if staying:
                kept.append(self._watch_agents(staying))
            group.unwatch()
        self._attached = kept
        for agent_id in leaving:
            for known in (self._versions, self._engaged, self._told):
                known.pop(agent_id, None)

    def _watch_agents(self, agent_ids: set[str]) -> _Attached:
        def heard(frame: AgentFrame) -> None:
            self._agent_heard(frame)

        unwatch = self._gateway.house.watch_agents(self._user.tenant_id, sorted(agent_ids), heard, renew=True)
        return _Attached(agent_ids, unwatch)

    def _agent_heard(self, frame: AgentFrame) -> None:
        agent = frame.agent
        if agent is None:
            self._send(ErrorFrame("unknown_agent", KINDS["unknown_agent"].sentence, about=frame.agent_id))
            return
        if agent.version <= self._versions.get(agent.agent_id, -1):
            return
        self._versions[agent.agent_id] = agent.version
        self._engaged[agent.agent_id] = {held.call_id for held in agent.engagements}
        self._send(agent_view(agent))
        if self._user.role is Role.AGENT:
            self._tell_callers(agent)

    # -- callers -----------------------------------------------------------------------------------

    def _tell_callers(self, agent: Agent) -> None:
        """The ring does not wait for a name; it follows as soon as it is known."""
        present = {held.subject_id for held in agent.engagements if held.subject_id is not None}
        told = self._told.get(agent.agent_id, set())
        self._told[agent.agent_id] = present
        missing = present - told
        if missing:
            task = asyncio.get_running_loop().create_task(self._tell(agent.agent_id, sorted(missing)))
            self._telling.add(task)
            task.add_done_callback(self._telling.discard)

    async def _tell(self, agent_id: str, subject_ids: Sequence[str]) -> None:
        try:
            people = await self._gateway.vault.names(self._user.tenant_id, subject_ids)
        except DoorError:
            self._told.get(agent_id, set()).difference_update(subject_ids)
            return
        for subject_id, person in people.items():
            self._send(CallerNames(subject_id, person.number, person.name))

    # -- calls -------------------------------------------------------------------------------------

    def watch_call(self, call_id: str, *, renew: bool = False) -> None:
        """Hear of a call until it ends; `renew`: and keep its caller alive. Raises `DoorError`."""
        check(self._user, Action.READ_CALL)
        if self._user.role is Role.AGENT and not any(call_id in calls for calls in self._engaged.values()):
            raise DoorError("unknown_call")
        limit = LEASED_CALLS_MAX if self._user.role is Role.INTEGRATION else WATCHED_CALLS_MAX
        if call_id not in self._calls and len(self._calls) >= limit:
            raise DoorError("too_many")

        def heard(frame: CallFrame) -> None:
            self._send(call_view(frame))
            if frame.call is None:
                asyncio.get_running_loop().call_soon(self._unwatch_call, call_id)

        earlier = self._calls.pop(call_id, None)
        self._calls[call_id] = self._gateway.house.watch_calls(self._user.tenant_id, [call_id], heard, renew=renew)
        if earlier is not None:
            earlier()

    def _unwatch_call(self, call_id: str) -> None:
        unwatch = self._calls.pop(call_id, None)
        if unwatch is not None:
            unwatch()
