"""The two owners with a lossy, doubling, reordering wire between them: whatever happens, they come to agree.

After every step each state equals its own snapshot with rebuilt indexes; at the end the wire is healed, and nothing may
be open, held by one side only, or over capacity.
"""

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from engine import events as e
from engine import messages as m
from engine.agent import EngagementState
from engine.call import CallState
from engine.commands import AcceptOffer, CompleteWrapUp, DeclineOffer, EnqueueCall, HangUpCall, SetPresence
from engine.roster import Roster
from engine.roster import snapshot as roster_snapshot
from engine.settings import AgentSettings, QueueSettings
from engine.switchboard import Switchboard
from engine.switchboard import snapshot as board_snapshot
from tests.unit.engine.stand import ANN, BOB, BOSS, CALLER, Stand

AGENTS = {"ann": ANN, "bob": BOB}
CAPACITY = {"ann": 1, "bob": 2}
QUEUE = QueueSettings("desk", "Desk", offer_timeout_s=5.0, wrap_up_s=2.0, rest_after_decline_s=1.0)

agent_ids = st.sampled_from(sorted(AGENTS))
numbers = st.integers(0, 1_000)


class LossyPair(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        settings_of = {agent_id: AgentSettings(agent_id, ("desk",), capacity=n) for agent_id, n in CAPACITY.items()}
        self.stand = Stand(QUEUE, **settings_of)
        self.wire: list[m.Message] = []
        self.calls = 0

    # -- people ------------------------------------------------------------------------------------

    @rule()
    def a_call_arrives(self) -> None:
        self.calls += 1
        self.stand.tell(EnqueueCall(f"k{self.calls}", "desk"), CALLER)

    @rule(agent_id=agent_ids, presence=st.sampled_from(["available", "available", "away", "offline"]))
    def an_agent_chooses(self, agent_id: str, presence: str) -> None:
        self.stand.tell(SetPresence(agent_id, presence), AGENTS[agent_id])  # type: ignore[arg-type]

    @rule(agent_id=agent_ids, number=numbers, accept=st.booleans())
    def an_agent_answers(self, agent_id: str, number: int, *, accept: bool) -> None:
        held = self.stand.roster.agents[agent_id].engagements
        if held:
            offer_id = held[number % len(held)].offer_id
            body = AcceptOffer(agent_id, offer_id) if accept else DeclineOffer(agent_id, offer_id)
            self.stand.tell(body, AGENTS[agent_id])

    @rule(agent_id=agent_ids)
    def an_agent_finishes(self, agent_id: str) -> None:
        for held in self.stand.roster.agents[agent_id].engagements:
            self.stand.tell(CompleteWrapUp(agent_id, held.call_id), AGENTS[agent_id])

    @rule(number=numbers)
    def somebody_hangs_up(self, number: int) -> None:
        if self.calls:
            self.stand.tell(HangUpCall(f"k{number % self.calls + 1}"), BOSS)

    @rule(agent_id=agent_ids, number=numbers)
    def the_router_proposes(self, agent_id: str, number: int) -> None:
        calls = sorted(self.stand.board.calls)
        if calls:
            call = self.stand.board.calls[calls[number % len(calls)]]
            self.wire.append(m.ProposeOffer(call.call_id, agent_id, call.version))

    @rule(ms=st.sampled_from([10, 500, 1_500, 6_000]))
    def time_passes(self, ms: int) -> None:
        self.stand.renewed(*AGENTS)
        self.stand.elapse(ms)

    # -- the wire ----------------------------------------------------------------------------------

    @rule()
    def open_steps_are_asked(self) -> None:
        self.wire += self.stand.board.steps.as_dict().values()
        self.wire += self.stand.roster.steps.as_dict().values()

    @rule()
    def a_digest_is_sent(self) -> None:
        held = [
            m.HeldOffer(one.offer_id, one.call_id, agent.agent_id, one.quoted)
            for agent in self.stand.roster.agents.values()
            for one in agent.engagements
            if one.state is not EngagementState.WRAP_UP
        ]
        self.wire.append(m.HoldingDigest(tuple(held)))

    @precondition(lambda self: self.wire)
    @rule(number=numbers, twice=st.booleans())
    def a_message_arrives(self, number: int, *, twice: bool) -> None:
        message = self.wire[number % len(self.wire)] if twice else self.wire.pop(number % len(self.wire))
        answer = self.stand.ask(message)
        if answer is not None:
            self.wire.append(answer)

    @precondition(lambda self: self.wire)
    @rule(number=numbers)
    def a_message_is_lost(self, number: int) -> None:
        self.wire.pop(number % len(self.wire))

    # -- what holds --------------------------------------------------------------------------------

    @invariant()
    def capacity_is_kept(self) -> None:
        for agent_id, agent in self.stand.roster.agents.items():
            assert len(agent.engagements) <= CAPACITY[agent_id]

    @invariant()
    def an_offer_rings_once_and_ends_once(self) -> None:
        for types in ((e.OfferMade,), (e.OfferEnded, e.WrapUpStarted), (e.OfferClosed, e.CallConnected)):
            offer_ids = [event.offer_id for event in self.stand.events(*types)]  # type: ignore[union-attr]
            assert len(offer_ids) == len(set(offer_ids))

    @invariant()
    def waiting_offered_and_connected_are_all(self) -> None:
        board = self.stand.board
        waiting = {call_id for call_id, call in board.calls.items() if call.state is CallState.WAITING}
        assert waiting == set(board.lines["desk"].call_ids())
        assert set(board.offers.values()) == board.calls.keys() - waiting
        queued = len(self.stand.events(e.CallQueued))
        assert queued == len(board.calls) + len(self.stand.events(e.CallEnded))

    @invariant()
    def a_snapshot_is_the_state(self) -> None:
        board, roster = self.stand.board, self.stand.roster
        loaded = board_snapshot.load(board_snapshot.dump(board))
        assert board_snapshot.dump(loaded) == board_snapshot.dump(board)
        assert indexes_of_board(loaded) == indexes_of_board(board)
        again = roster_snapshot.load(roster_snapshot.dump(roster))
        assert roster_snapshot.dump(again) == roster_snapshot.dump(roster)
        assert indexes_of_roster(again) == indexes_of_roster(roster)

    def teardown(self) -> None:
        """The wire heals: the owners agree on what is open, and a replay gives the same states."""
        stand = self.stand
        for _ in range(3):
            while self.wire:
                answer = stand.ask(self.wire.pop(0))
                self.wire += [answer] if answer is not None else []
            stand.exchange()
            self.a_digest_is_sent()
        live = {
            one.offer_id
            for agent in stand.roster.agents.values()
            for one in agent.engagements
            if one.state is not EngagementState.WRAP_UP
        }
        assert live == set(stand.board.offers)
        assert all(isinstance(step, m.MakeOffer) for step in stand.board.steps.as_dict().values())
        assert len(stand.roster.steps) == 0
        self.check_replay()

    def check_replay(self) -> None:
        board, roster = Switchboard("clinic"), Roster("clinic")
        for owner, fact, position in self.stand.facts:
            (board if owner is self.stand.board else roster).evolve(fact, position)
        assert board_snapshot.dump(board) == board_snapshot.dump(self.stand.board)
        assert roster_snapshot.dump(roster) == roster_snapshot.dump(self.stand.roster)


def indexes_of_board(board: Switchboard) -> object:
    return board.lines["desk"].call_ids(), board.offers, board.steps.as_dict(), board.deadlines.as_dict()


def indexes_of_roster(roster: Roster) -> object:
    return roster.steps.as_dict(), roster.deadlines.as_dict()


TestLossyPair = LossyPair.TestCase
TestLossyPair.settings = settings(max_examples=80, stateful_step_count=40, deadline=None, derandomize=True)
