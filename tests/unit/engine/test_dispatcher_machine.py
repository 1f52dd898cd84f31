"""The dispatcher against a matcher that scans everything: the same pairs, and the same index as a rebuild."""

from random import Random

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule
from msgspec.structs import replace

from engine.agent import Agent, Presence
from engine.call import Call, CallState
from engine.messages import ProposeOffer
from engine.routing.dispatcher import DENIED_PAUSE_MS, PROPOSAL_TIMEOUT_MS, Dispatcher
from engine.settings import QueueSettings, Strategy, Tier
from engine.skills import SkillNeed, satisfied
from tests.unit.engine.routing import agent_of, back_in_line, call_of, connected, freed, holding, offered_to

QUEUES = {"desk": Strategy.LONGEST_IDLE, "billing": Strategy.ROUND_ROBIN, "urgent": Strategy.LEAST_TALK_TIME}
NEEDS = [(), (), (SkillNeed("spanish", 3),), (SkillNeed("spanish", 8), SkillNeed("french", 1))]
SKILLS: list[dict[str, int]] = [{}, {"spanish": 5}, {"spanish": 9, "french": 2}]
numbers = st.integers(0, 1_000)


class NaiveMatching(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self.dispatcher = Dispatcher(Random(1))
        self.last: dict[str, tuple[int, tuple[int, str]]] = {}
        self.now_ms = 0
        self.calls: dict[str, Call] = {}
        self.agents: dict[str, Agent] = {}
        self.pending: dict[str, tuple[str, int, int]] = {}
        """Agent, time and version of each proposal that is not answered."""
        self.held_for: dict[str, str] = {}
        self.paused: dict[str, int] = {}
        self.unseen: list[tuple[str, Call]] = []
        """Offers that the agents' picture does not show yet."""
        self.count = 0
        for queue_id, strategy in QUEUES.items():
            self.dispatcher.queue_changed(QueueSettings(queue_id, queue_id, strategy))

    # -- the naive half ----------------------------------------------------------------------------

    def ready(self) -> list[Call]:
        return [
            call for call in self.calls.values() if call.state is CallState.WAITING and call.call_id not in self.pending
        ]

    def free(self) -> list[Agent]:
        busy = self.held_for.keys() | self.paused.keys()
        return [agent for agent in self.agents.values() if agent.free and agent.agent_id not in busy]

    def can_take(self, agent: Agent, call: Call) -> bool:
        return call.queue_id in agent.settings.queues and satisfied(call.needs, agent.settings.skills)

    def release(self, call_id: str) -> None:
        agent_id, _, _ = self.pending.pop(call_id)
        if self.held_for.get(agent_id) == call_id:
            del self.held_for[agent_id]

    def set_call(self, call_id: str, call: Call | None) -> None:
        if call_id in self.pending:
            agent_id, _, _ = self.pending[call_id]
            if call is None or call.group is None or call.agent_id != agent_id:
                self.release(call_id)
        if call is None or call.winner is not None:
            self.calls.pop(call_id, None)
        else:
            self.calls[call_id] = call
        self.dispatcher.call_changed(call_id, call)
        self.match()

    def set_agent(self, agent: Agent) -> None:
        self.agents[agent.agent_id] = agent
        self.offered(agent, agent.last_offered_queue_id, agent.last_offered_at_ms)
        self.paused.pop(agent.agent_id, None)
        call_id = self.held_for.get(agent.agent_id)
        if call_id is not None and any(
            held.call_id == call_id and held.quoted > self.pending[call_id][2] for held in agent.engagements
        ):
            del self.pending[call_id], self.held_for[agent.agent_id]
        self.dispatcher.agent_changed(agent)
        self.match()

    def match(self, *, one_change: bool = True) -> None:
        """Take the proposals, each of which must be the best for both sides if only one thing has changed."""
        for proposal in self.dispatcher.proposals(self.now_ms):
            if one_change:
                self.check_best(proposal)
            call, agent = self.calls[proposal.call_id], self.agents[proposal.agent_id]
            assert call in self.ready()
            assert agent in self.free()
            assert self.can_take(agent, call)
            assert proposal.version == call.version
            self.pending[call.call_id] = (agent.agent_id, self.now_ms, call.version)
            self.held_for[agent.agent_id] = call.call_id
            self.offered(agent, call.queue_id, self.now_ms)

    def check_best(self, proposal: ProposeOffer) -> None:
        call, agent = self.calls[proposal.call_id], self.agents[proposal.agent_id]
        calls = [one for one in self.ready() if self.can_take(agent, one)]
        assert call == min(calls, key=lambda one: (-one.priority, one.arrived_at_ms, one.call_id))
        agents = [one for one in self.free() if self.can_take(one, call)]
        assert agent == min(agents, key=lambda one: self.order(call.queue_id, one))

    def order(self, queue_id: str, agent: Agent) -> tuple[object, ...]:
        """The level first, then what the queue's strategy goes by."""
        tier = agent.settings.tier(queue_id)
        place = (tier.position, agent.agent_id)
        match QUEUES[queue_id]:
            case Strategy.LONGEST_IDLE:
                return (tier.level, agent.idle_since_ms, agent.agent_id)
            case Strategy.LEAST_TALK_TIME:
                return (tier.level, agent.talk_ms, agent.agent_id)
            case _:
                last = self.last.get(queue_id)
                return (tier.level, last is not None and place <= last[1], place)

    def offered(self, agent: Agent, queue_id: str, at_ms: int) -> None:
        if queue_id and at_ms >= self.last.get(queue_id, (0, ()))[0]:
            self.last[queue_id] = (at_ms, (agent.settings.tier(queue_id).position, agent.agent_id))

    # -- what happens ------------------------------------------------------------------------------

    @rule(queue_id=st.sampled_from(sorted(QUEUES)), priority=st.sampled_from([0, 0, 50]), needs=st.sampled_from(NEEDS))
    def a_call_arrives(self, queue_id: str, priority: int, needs: tuple[SkillNeed, ...]) -> None:
        self.count += 1
        self.now_ms += 7
        call_id = f"k{self.count}"
        self.set_call(call_id, call_of(call_id, self.now_ms, queue_id=queue_id, priority=priority, needs=needs))

    @rule(
        number=st.integers(0, 5),
        queues=st.sampled_from([("desk",), ("billing",), ("desk", "billing"), ("billing", "urgent")]),
        skills=st.sampled_from(SKILLS),
        capacity=st.integers(1, 2),
        numbers=st.tuples(numbers, numbers, st.integers(1, 2), st.integers(1, 3)),
    )
    def an_agent_arrives(
        self,
        number: int,
        queues: tuple[str, ...],
        skills: dict[str, int],
        capacity: int,
        numbers: tuple[int, int, int, int],
    ) -> None:
        agent_id = f"a{number}"
        offered_at_ms, talk_ms, level, position = numbers
        known = self.agents.get(agent_id)
        agent = agent_of(
            agent_id,
            self.now_ms,
            queues=queues,
            skills=skills,
            capacity=capacity,
            tiers={queues[0]: Tier(level, position)},
            last_offered_at_ms=offered_at_ms,
            last_offered_queue_id=queues[0],
            talk_ms=talk_ms,
        )
        self.set_agent(replace(agent, engagements=known.engagements) if known is not None else agent)

    @precondition(lambda self: self.agents)
    @rule(number=numbers)
    def an_agent_leaves(self, number: int) -> None:
        agent = self.agents[sorted(self.agents)[number % len(self.agents)]]
        self.set_agent(replace(agent, base=Presence.AWAY))

    @precondition(lambda self: self.calls)
    @rule(number=numbers, priority=st.integers(0, 100))
    def a_call_is_prioritised(self, number: int, priority: int) -> None:
        call = self.calls[sorted(self.calls)[number % len(self.calls)]]
        self.set_call(call.call_id, replace(call, priority=priority, version=call.version + 1))

    @precondition(lambda self: self.calls)
    @rule(number=numbers)
    def a_call_ends(self, number: int) -> None:
        self.set_call(sorted(self.calls)[number % len(self.calls)], None)

    @precondition(lambda self: any(agent_id for agent_id, _, _ in self.pending.values()))
    @rule(number=numbers, fate=st.sampled_from(["taken", "offered only", "over unseen", "refused", "denied"]))
    def a_proposal_is_answered(self, number: int, fate: str) -> None:
        asked = sorted(call_id for call_id, (agent_id, _, _) in self.pending.items() if agent_id)
        call = self.calls[asked[number % len(asked)]]
        agent_id, at_ms, version = self.pending[call.call_id]
        if fate == "refused":
            self.release(call.call_id)
            self.pending[call.call_id] = ("", at_ms, version)
            self.dispatcher.refused(call.call_id, agent_id)
            self.match()
        elif call.state is CallState.WAITING:
            ringing = offered_to(call, agent_id)
            self.set_call(call.call_id, ringing)
            if fate == "taken":
                self.set_agent(holding(self.agents[agent_id], ringing))
            elif fate == "offered only":
                self.unseen.append((agent_id, ringing))
            elif fate == "over unseen":
                self.unseen.append((agent_id, ringing))
                self.set_call(call.call_id, back_in_line(ringing))
            elif fate == "denied":
                self.paused[agent_id] = self.now_ms + DENIED_PAUSE_MS
                self.dispatcher.denied(agent_id, self.now_ms)
                self.set_call(call.call_id, back_in_line(ringing))

    @precondition(lambda self: any(call.group is not None for call in self.calls.values()))
    @rule(number=numbers, won=st.booleans(), agent_knows=st.booleans())
    def an_offer_is_over(self, number: int, *, won: bool, agent_knows: bool) -> None:
        ringing = sorted(call.call_id for call in self.calls.values() if call.group is not None)
        call = self.calls[ringing[number % len(ringing)]]
        agent = self.agents[call.agent_id or ""]
        self.set_call(call.call_id, connected(call) if won else back_in_line(call))
        if not won and agent_knows:
            self.set_agent(freed(agent, call.call_id, self.now_ms))

    @precondition(lambda self: self.unseen)
    @rule(number=numbers)
    def an_agent_turns_out_to_hold_what_was_offered(self, number: int) -> None:
        """The two pictures come by different ways: meanwhile the offer may be over, and another proposal on its way."""
        agent_id, ringing = self.unseen.pop(number % len(self.unseen))
        self.set_agent(holding(self.agents[agent_id], ringing))

    @precondition(lambda self: any(agent.engagements for agent in self.agents.values()))
    @rule(number=numbers)
    def an_agent_finds_out_what_is_over(self, number: int) -> None:
        holders = sorted(agent_id for agent_id, agent in self.agents.items() if agent.engagements)
        agent = self.agents[holders[number % len(holders)]]
        for held in agent.engagements:
            call = self.calls.get(held.call_id)
            if call is None or call.group is None or call.agent_id != agent.agent_id:
                agent = freed(agent, held.call_id, self.now_ms)
        self.set_agent(agent)

    @rule(ms=st.sampled_from([100, DENIED_PAUSE_MS, PROPOSAL_TIMEOUT_MS]))
    def time_passes(self, ms: int) -> None:
        self.now_ms += ms
        for call_id, (_, at_ms, _) in list(self.pending.items()):
            if at_ms + PROPOSAL_TIMEOUT_MS <= self.now_ms:
                self.release(call_id)
        for agent_id, until_ms in list(self.paused.items()):
            if until_ms <= self.now_ms:
                del self.paused[agent_id]
        self.dispatcher.elapse(self.now_ms)
        self.match(one_change=False)

    # -- what holds --------------------------------------------------------------------------------

    @invariant()
    def nobody_waits_for_a_free_agent_who_could_take_the_call(self) -> None:
        assert not [(call, agent) for call in self.ready() for agent in self.free() if self.can_take(agent, call)]

    @invariant()
    def the_index_is_what_a_rebuild_gives(self) -> None:
        lanes: dict[tuple[str, tuple[SkillNeed, ...]], list[Call]] = {}
        for call in self.ready():
            lanes.setdefault((call.queue_id, call.needs), []).append(call)
        assert self.dispatcher.waiting() == {
            lane: [
                one.call_id for one in sorted(calls, key=lambda one: (-one.priority, one.arrived_at_ms, one.call_id))
            ]
            for lane, calls in lanes.items()
        }
        assert set(self.dispatcher._bench_of) == {agent.agent_id for agent in self.free()}


TestNaiveMatching = NaiveMatching.TestCase
TestNaiveMatching.settings = settings(max_examples=60, stateful_step_count=40, deadline=None, derandomize=True)
