"""The typed client through which everything outside reaches the owners: commands, reads, watches.

Commands are asked again until they are answered or their time is over; that is safe because owners remember outcomes.
Watches survive reconnects and restarts of owners: they are asked for again on every new link.
"""

import asyncio
import secrets
from collections.abc import Callable, Sequence
from typing import TypeVar

from actors.config import Secret
from actors.links.dialler import Dialler
from actors.links.directory import Directory
from actors.links.link import WebsocketLink
from actors.questions import ASK_AGAIN_S, Questions, UnavailableError
from actors.wire import (
    AgentFrame,
    CallFrame,
    Envelope,
    Frame,
    Live,
    Read,
    ReadLive,
    ReadResult,
    WatchAgents,
    WatchCalls,
)
from engine.commands import Command, Outcome, QueueCommand
from engine.messages import RenewLeases
from persistence.journal import Journal, Kind, partition_of

RENEW_S = 3.0
"""How often leases of watched softphones and callers are renewed."""
WATCH_IDS_MAX = 500
"""Ids in one watch or renewal frame."""

T = TypeVar("T")
Watch = tuple[str, str]


class HouseClient:
    """Links to every owner, for one gateway or tool."""

    def __init__(self, name: str, *, journal: Journal, secret: Secret) -> None:
        """`name` must be unique among the processes of the cluster. `journal` is only asked for its heads."""
        self._dialler = Dialler(
            f"{name}-{secrets.token_hex(4)}",
            directory=Directory(journal),
            secret=secret,
            on_frame=self._heard,
            on_link=self._linked,
        )
        self._outcomes: Questions[Outcome] = Questions()
        self._reads: Questions[ReadResult] = Questions()
        self._lives: Questions[tuple[int, bytes]] = Questions()
        self._pieces: dict[str, bytes] = {}
        self._agents: dict[Watch, list[Callable[[AgentFrame], None]]] = {}
        self._calls: dict[Watch, list[Callable[[CallFrame], None]]] = {}
        self._renewed: dict[Kind, dict[Watch, int]] = {Kind.QUEUE: {}, Kind.AGENT: {}}
        self._epochs: dict[tuple[Kind, int], int] = {}
        self._renewing: asyncio.Task[None] | None = None

    async def start(self) -> None:
        await self._dialler.start(Kind.QUEUE, Kind.AGENT)
        self._renewing = asyncio.get_running_loop().create_task(self._renew())

    async def stop(self) -> None:
        if self._renewing is not None:
            self._renewing.cancel()
            await asyncio.gather(self._renewing, return_exceptions=True)
        await self._dialler.stop()

    @property
    def ready(self) -> bool:
        """Whether the owners of queues, agents and pictures can all be reached."""
        reached = [self._dialler.connected(kind) for kind in (Kind.QUEUE, Kind.AGENT, Kind.SUPERVISOR)]
        return all(reached)

    # -- asking ------------------------------------------------------------------------------------

    async def execute(self, command: Command, *, timeout_s: float = 5.0) -> Outcome:
        """Send a command until its outcome arrives. Raises `UnavailableError` when the time is over."""
        kind = Kind.QUEUE if isinstance(command.body, QueueCommand) else Kind.AGENT
        frame = Envelope(command.tenant_id, 0, command)
        send = self._sender(kind, command.tenant_id, frame)
        return await self._outcomes.ask(command.command_id, send, timeout_s)

    async def read(
        self, tenant_id: str, what: str, *, after: str = "", limit: int = 200, timeout_s: float = 5.0
    ) -> ReadResult:
        """A page of `queues`, `calls` or `agents` ordered by id, or one `call` or `agent` whose id is `after`."""
        request_id = secrets.token_hex(8)
        kind = Kind.AGENT if what in {"agents", "agent"} else Kind.QUEUE
        frame = Read(tenant_id, request_id, what, after, limit)
        return await self._reads.ask(request_id, self._sender(kind, tenant_id, frame), timeout_s)

    async def read_live(self, tenant_id: str, *, timeout_s: float = 5.0) -> tuple[int, bytes]:
        """The supervisor's whole picture of a tenant: its position, and the picture as MessagePack."""
        attempts = max(1, round(timeout_s / ASK_AGAIN_S))
        for attempt in range(attempts):
            # A new id each time, so that pieces of an answer that broke off are not joined to the next one.
            request_id = secrets.token_hex(8)
            send = self._sender(Kind.SUPERVISOR, tenant_id, ReadLive(tenant_id, request_id))
            try:
                return await self._lives.ask(request_id, send, ASK_AGAIN_S)
            except UnavailableError:
                if attempt == attempts - 1:
                    raise
            finally:
                self._pieces.pop(request_id, None)
        raise AssertionError("the last attempt returns or raises")

    def _sender(self, kind: Kind, tenant_id: str, frame: Frame) -> Callable[[], None]:
        """What sends this frame to the tenant's owner of this kind, whoever that is by then."""
        partition = partition_of(tenant_id)
        return lambda: self._dialler.send(kind, partition, frame)

    # -- watching ----------------------------------------------------------------------------------

    def watch_agents(
        self, tenant_id: str, agent_ids: Sequence[str], on_frame: Callable[[AgentFrame], None], *, renew: bool = False
    ) -> Callable[[], None]:
        """Hear of these agents, now and after every change, until the returned function is called.

        `renew`: a softphone is attached; while it is, the agents' leases are kept.
        """
        return self._watch(Kind.AGENT, self._agents, tenant_id, agent_ids, on_frame, renew=renew)

    def watch_calls(
        self, tenant_id: str, call_ids: Sequence[str], on_frame: Callable[[CallFrame], None], *, renew: bool = False
    ) -> Callable[[], None]:
        """Hear of these calls until the returned function is called. `renew`: their callers are held by us."""
        return self._watch(Kind.QUEUE, self._calls, tenant_id, call_ids, on_frame, renew=renew)

    def _watch(
        self,
        kind: Kind,
        watches: dict[Watch, list[T]],
        tenant_id: str,
        ids: Sequence[str],
        on_frame: T,
        *,
        renew: bool,
    ) -> Callable[[], None]:
        keys = [(tenant_id, identity) for identity in ids]
        for key in keys:
            watches.setdefault(key, []).append(on_frame)
            if renew:
                self._renewed[kind][key] = self._renewed[kind].get(key, 0) + 1
        self._ask_to_watch(kind, tenant_id, tuple(ids))
        if renew:
            self._dialler.send(kind, partition_of(tenant_id), Envelope(tenant_id, 0, RenewLeases(tuple(ids))))

        def unwatch() -> None:
            for key in keys:
                remaining = [one for one in watches.get(key, []) if one is not on_frame]
                if remaining:
                    watches[key] = remaining
                else:
                    watches.pop(key, None)
                if renew:
                    self._renewed[kind][key] -= 1
                    if not self._renewed[kind][key]:
                        del self._renewed[kind][key]

        return unwatch

    def _ask_to_watch(self, kind: Kind, tenant_id: str, ids: tuple[str, ...]) -> None:
        shape = WatchAgents if kind is Kind.AGENT else WatchCalls
        for at in range(0, len(ids), WATCH_IDS_MAX):
            self._dialler.send(kind, partition_of(tenant_id), shape(tenant_id, ids[at : at + WATCH_IDS_MAX]))

    async def _renew(self) -> None:
        """Keep the leases of everyone who is attached here."""
        while True:
            await asyncio.sleep(RENEW_S)
            for kind, watched in self._renewed.items():
                for tenant_id, ids in _by_tenant(watched):
                    for at in range(0, len(ids), WATCH_IDS_MAX):
                        body = RenewLeases(ids[at : at + WATCH_IDS_MAX])
                        self._dialler.send(kind, partition_of(tenant_id), Envelope(tenant_id, 0, body))

    # -- hearing -----------------------------------------------------------------------------------

    def _linked(self, kind: Kind, address: str) -> None:
        """A new link to an owner: watch everything again, and take up the leases at once."""
        del address
        watches: Sequence[Watch] = list(self._agents if kind is Kind.AGENT else self._calls)
        if kind not in self._renewed:
            return
        for tenant_id, ids in _by_tenant(watches):
            self._ask_to_watch(kind, tenant_id, ids)
        for tenant_id, ids in _by_tenant(self._renewed[kind]):
            for at in range(0, len(ids), WATCH_IDS_MAX):
                body = RenewLeases(ids[at : at + WATCH_IDS_MAX])
                self._dialler.send(kind, partition_of(tenant_id), Envelope(tenant_id, 0, body))

    def _heard(self, link: WebsocketLink, kind: Kind, frame: Frame) -> None:
        del link
        match frame:
            case Envelope(body=Outcome() as outcome):
                if self._is_current(kind, frame.tenant_id, frame.epoch):
                    self._outcomes.answer(outcome.command_id, outcome)
            case ReadResult():
                if self._is_current(kind, frame.tenant_id, frame.epoch):
                    self._reads.answer(frame.request_id, frame)
            case AgentFrame():
                if self._is_current(kind, frame.tenant_id, frame.epoch):
                    for agent_heard in self._agents.get((frame.tenant_id, frame.agent_id), ()):
                        agent_heard(frame)
            case CallFrame():
                if self._is_current(kind, frame.tenant_id, frame.epoch):
                    for call_heard in self._calls.get((frame.tenant_id, frame.call_id), ()):
                        call_heard(frame)
            case Live():
                piece = self._pieces.pop(frame.request_id, b"") + frame.payload
                if frame.more:
                    self._pieces[frame.request_id] = piece
                else:
                    self._lives.answer(frame.request_id, (frame.position, piece))
            case _:
                pass

    def _is_current(self, kind: Kind, tenant_id: str, epoch: int) -> bool:
        """Refuse what an older incarnation of an owner says. Epoch 0: refused before anyone owned it."""
        key = (kind, partition_of(tenant_id))
        newest = max(epoch, self._epochs.get(key, 0))
        self._epochs[key] = newest
        return epoch in (0, newest)


def _by_tenant(watches: Sequence[Watch] | dict[Watch, int]) -> list[tuple[str, tuple[str, ...]]]:
    found: dict[str, list[str]] = {}
    for tenant_id, identity in watches:
        found.setdefault(tenant_id, []).append(identity)
    return [(tenant_id, tuple(ids)) for tenant_id, ids in found.items()]
