"""The router: proposes who gets whom. Owns nothing durable.

It follows the queues and the agents of its partitions, keeps one dispatcher per tenant, and proposes for a tenant only
while both pictures are complete. A proposal is only that: the owner of the call decides. A router that dies is replaced
by one that follows afresh; two routers at once waste proposals but do no harm.
"""

from collections.abc import Sequence

import structlog

from actors.follower import FeedFrame, Follower
from actors.mailbox import Mailbox
from actors.ports import Clock, Peers
from actors.wire import Envelope, FeedChunk, FeedFacts, FeedReady, Frame
from engine import events as e
from engine.messages import ProposalRefused
from engine.roster import Agents
from engine.roster import snapshot as roster_snapshot
from engine.routing.dispatcher import Dispatcher
from engine.routing.seats import Draws
from engine.switchboard import Calls
from engine.switchboard import snapshot as board_snapshot
from persistence.journal import Kind, partition_of

TICK_S = 0.25
"""How often followers and timeouts are looked at when nothing arrives."""

Item = tuple[Kind, Frame]


class PartitionRouting:
    """One partition as the router sees it: replicas of both halves, and a dispatcher per tenant."""

    def __init__(self, number: int, draws: Draws) -> None:
        self._draws = draws
        self.boards: dict[str, Calls] = {}
        self.rosters: dict[str, Agents] = {}
        self.dispatchers: dict[str, Dispatcher] = {}
        self.queue = Follower(Kind.QUEUE, number, on_reset=self._boards_reset, on_fact=self._queue_fact)
        self.agent = Follower(Kind.AGENT, number, on_reset=self._rosters_reset, on_fact=self._agent_fact)

    @property
    def complete(self) -> bool:
        """Whether both pictures can be trusted."""
        return self.queue.synced and self.agent.synced

    def dispatcher(self, tenant_id: str) -> Dispatcher:
        found = self.dispatchers.get(tenant_id)
        if found is None:
            found = self.dispatchers[tenant_id] = self._rebuilt(tenant_id)
        return found

    def _rebuilt(self, tenant_id: str) -> Dispatcher:
        """A dispatcher from nothing but the two halves."""
        dispatcher = Dispatcher(self._draws)
        board, roster = self.boards.get(tenant_id), self.rosters.get(tenant_id)
        for settings in board.queues.values() if board is not None else ():
            dispatcher.queue_changed(settings)
        for agent in roster.agents.values() if roster is not None else ():
            dispatcher.agent_changed(agent)
        for call in board.calls.values() if board is not None else ():
            dispatcher.call_changed(call.call_id, call)
        return dispatcher

    def _boards_reset(self, states: dict[str, bytes]) -> None:
        self.boards = {tenant_id: board_snapshot.load_replica(state) for tenant_id, state in states.items()}
        self.dispatchers = {}
        self._wake()

    def _rosters_reset(self, states: dict[str, bytes]) -> None:
        self.rosters = {tenant_id: roster_snapshot.load_replica(state) for tenant_id, state in states.items()}
        self.dispatchers = {}
        self._wake()

    def _wake(self) -> None:
        for tenant_id in sorted({*self.boards, *self.rosters}):
            self.dispatcher(tenant_id)

    def _queue_fact(self, tenant_id: str, fact: e.Fact, position: int) -> None:
        dispatcher = self.dispatcher(tenant_id)
        board = self.boards.get(tenant_id)
        if board is None:
            board = self.boards[tenant_id] = Calls(tenant_id)
        before = board.calls.get(getattr(fact.event, "call_id", ""))
        board.evolve(fact, position)
        match fact.event:
            case e.QueueConfigured(settings=settings):
                dispatcher.queue_changed(settings)
            case e.CallTombstoned() | e.ReleaseAcknowledged() | e.CommandRefused():
                pass
            case event:
                call_id: str = event.call_id  # type: ignore[union-attr]
                if isinstance(event, e.OfferClosed) and event.reason is e.OfferEnd.DENIED and before is not None:
                    dispatcher.denied(before.agent_id or "", fact.at_ms)
                dispatcher.call_changed(call_id, board.calls.get(call_id))

    def _agent_fact(self, tenant_id: str, fact: e.Fact, position: int) -> None:
        dispatcher = self.dispatcher(tenant_id)
        roster = self.rosters.get(tenant_id)
        if roster is None:
            roster = self.rosters[tenant_id] = Agents(tenant_id)
        roster.evolve(fact, position)
        match fact.event:
            case e.AgentConfigured(settings=settings):
                dispatcher.agent_changed(roster.agents[settings.agent_id])
            case e.CommandRefused():
                pass
            case event:
                dispatcher.agent_changed(roster.agents[event.agent_id])  # type: ignore[union-attr]


class Router:
    """Follows queues and agents, and proposes."""

    def __init__(self, numbers: Sequence[int], *, clock: Clock, peers: Peers, draws: Draws) -> None:
        self._clock = clock
        self._peers = peers
        self._log = structlog.get_logger(kind=Kind.ROUTER.value)
        self._mailbox: Mailbox[Item] = Mailbox()
        self.partitions = {number: PartitionRouting(number, draws) for number in numbers}
        self.proposed = 0
        self._next_tick_ms = 0

    async def run(self) -> None:
        """Follow and propose until cancelled."""
        while True:
            items = await self._mailbox.take(TICK_S)
            now_ms = self._clock.now_ms()
            for kind, frame in items:
                self._hear(kind, frame, now_ms)
            if now_ms >= self._next_tick_ms:
                self._next_tick_ms = now_ms + round(TICK_S * 1_000)
                self._tick(now_ms)
            for number, routing in self.partitions.items():
                if routing.dispatchers and routing.complete:
                    self._propose(number, routing, now_ms)

    def receive(self, kind: Kind, frame: Frame) -> None:
        """Take a frame from an owner of this kind."""
        self._mailbox.put((kind, frame))

    def link_lost(self, kind: Kind) -> None:
        """A link to owners of this kind is gone: ask at once who owns their partitions now."""
        for routing in self.partitions.values():
            (routing.queue if kind is Kind.QUEUE else routing.agent).lost()

    def _tick(self, now_ms: int) -> None:
        """Look at silences and timeouts."""
        for routing in self.partitions.values():
            routing.queue.tick(self._peers, now_ms)
            routing.agent.tick(self._peers, now_ms)
            for dispatcher in routing.dispatchers.values():
                dispatcher.elapse(now_ms)

    def _hear(self, kind: Kind, frame: Frame, now_ms: int) -> None:
        match frame:
            case FeedChunk() | FeedReady() | FeedFacts():
                self._follow(kind, frame, now_ms)
            case Envelope(tenant_id=tenant_id, body=ProposalRefused() as body):
                routing = self.partitions.get(partition_of(tenant_id))
                if routing is not None:
                    routing.dispatcher(tenant_id).refused(body.call_id, body.agent_id)
            case _:
                pass

    def _follow(self, kind: Kind, frame: FeedFrame, now_ms: int) -> None:
        routing = self.partitions.get(frame.partition)
        if routing is not None:
            follower = routing.queue if kind is Kind.QUEUE else routing.agent
            follower.receive(self._peers, frame, now_ms)

    def _propose(self, number: int, routing: PartitionRouting, now_ms: int) -> None:
        for tenant_id, dispatcher in routing.dispatchers.items():
            for proposal in dispatcher.proposals(now_ms):
                self.proposed += 1
                self._peers.send(Kind.QUEUE, number, Envelope(tenant_id, 0, proposal))
