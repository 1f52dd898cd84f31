"""Both owners of one tenant and its router, in one place: what they say to each other arrives at once.

The same `decide` and `evolve` and the same dispatcher as in the shards, and the same questions between them, without
anything that could lose, delay or double a message. Commands are never repeated here, so that causes carry no command
id and nothing is remembered of them.
"""

from collections.abc import Callable, Mapping
from typing import Any, cast, get_args

from engine import events as e
from engine import messages as m
from engine.commands import AgentCommand, Command, Outcome, QueueCommand
from engine.decision import Decision
from engine.principals import SYSTEM, Principal
from engine.roster import Roster
from engine.roster.decide import decide as decide_roster
from engine.routing.dispatcher import Dispatcher
from engine.routing.seats import Draws
from engine.switchboard import Switchboard
from engine.switchboard.decide import decide as decide_board

TENANT = "simulated"
FOREVER_MS = 1 << 60
"""Later than any virtual time: a simulated softphone is heard of once, and never falls silent."""

OF_A_CALL = frozenset({e.CallQueued, *get_args(e.CallEvent)})
OF_AN_AGENT = frozenset(get_args(e.PresentAgentEvent))

Hears = Mapping[type, Callable[[Any], None]]
"""Who is told of which events, after they have happened."""


class House:
    """`now_ms` is set by whoever moves time on."""

    def __init__(self, draws: Draws, hears: Hears) -> None:
        self.now_ms = 0
        self.board = Switchboard(TENANT)
        self.roster = Roster(TENANT)
        self.dispatcher = Dispatcher(draws)
        self._hears = hears
        self._moved = False

    def tell_board(self, body: QueueCommand, by: Principal = SYSTEM) -> Outcome:
        """A command to the owner of the calls, and its outcome; what follows from it has happened."""
        decision = decide_board(self.board, Command(TENANT, "simulated", self.now_ms, by, body), self.now_ms)
        self._queue_events(decision)
        self.settle()
        return cast("Outcome", decision.answer)

    def tell_roster(self, body: AgentCommand, by: Principal = SYSTEM) -> Outcome:
        """A command to the owner of the agents, and its outcome; what follows from it has happened."""
        decision = decide_roster(self.roster, Command(TENANT, "simulated", self.now_ms, by, body), self.now_ms)
        self._agent_events(decision)
        self.settle()
        return cast("Outcome", decision.answer)

    def keep_softphone(self, agent_id: str) -> None:
        """The agent's softphone will be heard of for as long as they are available."""
        self.roster.renew((agent_id,), FOREVER_MS)

    def next_deadline_ms(self) -> int | None:
        """When `elapse` has something to do, or None."""
        found = self.board.next_deadline_ms()
        for at_ms in (self.roster.next_deadline_ms(), self.dispatcher.next_deadline_ms()):
            if at_ms is not None and (found is None or at_ms < found):
                found = at_ms
        return found if found is None or found < FOREVER_MS else None

    def elapse(self) -> None:
        """Whatever is owed by now because time has passed happens."""
        while (owed := self.board.due(self.now_ms)) is not None:
            self._queue_events(Decision((owed,)))
        while (due := self.roster.due(self.now_ms)) is not None:
            self._agent_events(Decision((due,)))
        self.dispatcher.elapse(self.now_ms)
        self._moved = True
        self.settle()

    def settle(self) -> None:
        """Ask what is open and propose what is possible, until nobody has anything new to say."""
        board, roster, now_ms = self.board, self.roster, self.now_ms
        while self._moved:
            self._moved = False
            for offer_id in board.steps.take_changed():
                step = board.steps.get(offer_id)
                if step is not None:
                    self._answer_agent(decide_roster(roster, step, now_ms))
            for offer_id in roster.steps.take_changed():
                vote = roster.steps.get(offer_id)
                if vote is not None:
                    self._answer_queue(decide_board(board, vote, now_ms))
            for proposal in self.dispatcher.proposals(now_ms):
                decision = decide_board(board, proposal, now_ms)
                self._queue_events(decision)
                if isinstance(decision.answer, m.ProposalRefused):
                    self.dispatcher.refused(proposal.call_id, proposal.agent_id)

    def _answer_agent(self, decision: Decision) -> None:
        self._agent_events(decision)
        if isinstance(decision.answer, m.ToQueue):
            self._queue_events(decide_board(self.board, decision.answer, self.now_ms))

    def _answer_queue(self, decision: Decision) -> None:
        self._queue_events(decision)
        if isinstance(decision.answer, m.ToAgent):
            self._agent_events(decide_roster(self.roster, decision.answer, self.now_ms))

    def _queue_events(self, decision: Decision) -> None:
        """Apply, let the router see it as it follows the queues, and tell."""
        board, dispatcher = self.board, self.dispatcher
        for event in decision.events:
            self._moved = True
            closing = isinstance(event, e.OfferClosed) and event.reason is e.OfferEnd.DENIED
            denied = board.calls[event.call_id].agent_id if closing else None  # type: ignore[union-attr]
            board.evolve(e.Fact(self.now_ms, e.Cause(decision.by), event), board.position + 1)
            if denied is not None:
                dispatcher.denied(denied, self.now_ms)
            if type(event) in OF_A_CALL:
                dispatcher.call_changed(event.call_id, board.calls.get(event.call_id))  # type: ignore[union-attr]
            elif isinstance(event, e.QueueConfigured):
                dispatcher.queue_changed(event.settings)
            self._tell(event)

    def _agent_events(self, decision: Decision) -> None:
        """Apply, let the router see it as it follows the agents, and tell."""
        roster, dispatcher = self.roster, self.dispatcher
        for event in decision.events:
            self._moved = True
            roster.evolve(e.Fact(self.now_ms, e.Cause(decision.by), event), roster.position + 1)
            if type(event) in OF_AN_AGENT:
                dispatcher.agent_changed(roster.agents[event.agent_id])  # type: ignore[union-attr]
            elif isinstance(event, e.AgentConfigured):
                dispatcher.agent_changed(roster.agents[event.settings.agent_id])
            self._tell(event)

    def _tell(self, event: e.Event) -> None:
        hear = self._hears.get(type(event))
        if hear is not None:
            hear(event)
