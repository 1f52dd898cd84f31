"""The router: proposes only while both pictures are complete, and starts anew without harm."""

import asyncio
from collections.abc import Callable, Coroutine
from random import Random

from actors.router import Router
from actors.simulation.loop import run_virtual
from actors.wire import Envelope, FeedChunk, FeedFacts, FeedReady, Subscribe
from engine import events as e
from engine import messages as m
from engine.principals import SYSTEM
from engine.roster import Roster
from engine.roster import snapshot as roster_snapshot
from engine.settings import AgentSettings, QueueSettings
from engine.switchboard import Switchboard
from engine.switchboard import snapshot as board_snapshot
from persistence.journal import Kind, partition_of
from tests.unit.actors.stand import ASH, Clock, FakePeers

NUMBER = partition_of(ASH)


class Routing:
    """A router, and both owners by hand."""

    def __init__(self) -> None:
        self.peers = FakePeers()
        self.router = Router([NUMBER], clock=Clock(), peers=self.peers, draws=Random(1))
        self.board, self.roster = Switchboard(ASH), Roster(ASH)
        self.happen(
            e.QueueConfigured(QueueSettings("desk", "Desk")), e.AgentConfigured(AgentSettings("ann", ("desk",)))
        )

    def happen(self, *events: e.Event) -> None:
        """Before the router looks."""
        for event in events:
            owner = self.roster if hasattr(event, "agent_id") or isinstance(event, e.AgentConfigured) else self.board
            owner.evolve(e.Fact(0, e.Cause(SYSTEM), event), owner.position + 1)

    def tell(self, kind: Kind, event: e.Event) -> None:
        """While the router follows."""
        owner = self.board if kind is Kind.QUEUE else self.roster
        fact = e.Fact(0, e.Cause(SYSTEM), event)
        frame = FeedFacts(NUMBER, 1, owner.position, ((ASH, e.encode_fact(fact)),))
        owner.evolve(fact, owner.position + 1)
        self.router.receive(kind, frame)

    def serve(self, kind: Kind) -> None:
        """Answer the newest subscription with the whole state."""
        request = [frame for to, _, frame in self.peers.sent if to is kind and isinstance(frame, Subscribe)][-1].request
        owner = self.board if kind is Kind.QUEUE else self.roster
        state = board_snapshot.dump(self.board) if kind is Kind.QUEUE else roster_snapshot.dump(self.roster)
        self.router.receive(kind, FeedChunk(NUMBER, 1, request, ASH, state, more=False))
        self.router.receive(kind, FeedReady(NUMBER, 1, request, owner.position, reset=True))

    def proposals(self) -> list[tuple[str, str]]:
        return [(one.call_id, one.agent_id) for one in self.peers.of(m.ProposeOffer)]


def routed(scene: Callable[[Routing], Coroutine[None, None, None]]) -> None:
    async def run() -> None:
        routing = Routing()
        work = asyncio.get_running_loop().create_task(routing.router.run())
        await asyncio.sleep(0.3)
        try:
            await scene(routing)
        finally:
            assert not work.done()
            work.cancel()
            await asyncio.gather(work, return_exceptions=True)

    run_virtual(run())


WAITING = e.CallQueued("k1", "desk", None, "voice", 0, (), leased=False)
AVAILABLE = e.PresenceChosen("ann", "available", "")


def test_one_picture_is_missing_then_no_proposal() -> None:
    async def scene(routing: Routing) -> None:
        routing.happen(WAITING, AVAILABLE)
        routing.serve(Kind.QUEUE)
        await asyncio.sleep(0.1)
        assert routing.proposals() == []
        routing.serve(Kind.AGENT)
        await asyncio.sleep(0.1)
        assert routing.proposals() == [("k1", "ann")]

    routed(scene)


def test_facts_follow_then_proposed_as_soon_as_it_is_possible() -> None:
    async def scene(routing: Routing) -> None:
        routing.serve(Kind.QUEUE)
        routing.serve(Kind.AGENT)
        routing.tell(Kind.QUEUE, WAITING)
        await asyncio.sleep(0.01)
        assert routing.proposals() == []
        routing.tell(Kind.AGENT, AVAILABLE)
        await asyncio.sleep(0.01)
        assert routing.proposals() == [("k1", "ann")]
        assert routing.router.proposed == 1

    routed(scene)


def test_proposal_is_refused_or_unanswered_then_made_again_after_a_while() -> None:
    async def scene(routing: Routing) -> None:
        routing.happen(WAITING, AVAILABLE)
        routing.serve(Kind.QUEUE)
        routing.serve(Kind.AGENT)
        await asyncio.sleep(0.1)
        routing.router.receive(Kind.QUEUE, Envelope(ASH, 1, m.ProposalRefused("k1", "ann")))
        await asyncio.sleep(1.5)
        assert len(routing.proposals()) == 1
        await asyncio.sleep(1)
        assert len(routing.proposals()) == 2

    routed(scene)


def test_facts_are_missing_then_no_proposals_until_the_picture_is_whole_again() -> None:
    async def scene(routing: Routing) -> None:
        routing.happen(AVAILABLE)
        routing.serve(Kind.QUEUE)
        routing.serve(Kind.AGENT)
        await asyncio.sleep(1)
        asked = len(routing.peers.of(Subscribe))
        routing.router.receive(Kind.QUEUE, FeedFacts(NUMBER, 1, 99, ()))
        await asyncio.sleep(0.01)
        assert len(routing.peers.of(Subscribe)) == asked + 1
        routing.happen(WAITING)
        await asyncio.sleep(0.01)
        assert routing.proposals() == []
        routing.serve(Kind.QUEUE)
        await asyncio.sleep(0.01)
        assert routing.proposals() == [("k1", "ann")]

    routed(scene)


def test_frames_of_other_partitions_or_kinds_then_nothing() -> None:
    async def scene(routing: Routing) -> None:
        routing.router.receive(Kind.QUEUE, FeedFacts(NUMBER + 1, 1, 0, ()))
        routing.router.receive(Kind.QUEUE, Envelope("somebody-else", 1, m.ProposalRefused("k1", "ann")))
        routing.router.receive(Kind.QUEUE, Envelope(ASH, 1, m.OfferReleased("k1#1")))
        await asyncio.sleep(0.1)
        assert routing.proposals() == []

    routed(scene)
