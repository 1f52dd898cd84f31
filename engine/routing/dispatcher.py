"""The dispatcher of one tenant: proposes waiting calls to free agents, without scanning either.

Calls that ask for the same thing (same queue, same needs) stand in one *lane*; agents who offer the same thing (same
queues at the same levels, same skills) sit on one *bench*, in the orders that the strategies of their queues ask for.
Which bench can serve which lane is worked out once per pair. After every round of proposals no lane with a caller faces
a bench with a free agent that could serve it, so only lanes that gained a caller, or a free agent, have to be looked at
again.

The dispatcher only proposes. Until the owner of the call has spoken, both sides are set aside; they come back when the
proposal is refused, when the offer ends, or after `PROPOSAL_TIMEOUT_MS` of silence.
"""

from typing import NamedTuple

import msgspec

from engine.agent import Agent, Engagement
from engine.call import Call, CallState
from engine.line import Place, place
from engine.messages import ProposeOffer
from engine.routing.order import Ordered
from engine.routing.seats import Candidate, Draws, Seats, Spot
from engine.routing.strategies import seats_for, seats_key
from engine.settings import FIRST_TIER, QueueSettings, Strategy
from engine.skills import SkillNeed, satisfied

PROPOSAL_TIMEOUT_MS = 2_000
"""After this silence both sides of a proposal are considered again."""
DENIED_PAUSE_MS = 1_000
"""How long an agent whose owner denied an offer is left alone: our picture of them was behind."""

LANES_KEPT = 1_000
BENCHES_KEPT = 1_000
"""How many there may be before the empty ones are let go: calls may ask for anything, and agents learn."""

Lane = tuple[str, tuple[SkillNeed, ...]]


class Bench(NamedTuple):
    """What agents have in common who differ for the strategy alone. `levels`: in queues where it is not the first."""

    queues: frozenset[str]
    skills: tuple[tuple[str, int], ...]
    levels: tuple[tuple[str, int], ...]

    def level(self, queue_id: str) -> int:
        return dict(self.levels).get(queue_id, FIRST_TIER.level)

    def serves(self, lane: Lane) -> bool:
        queue_id, needs = lane
        return queue_id in self.queues and satisfied(needs, dict(self.skills))


class _Pending(msgspec.Struct, frozen=True):
    call_id: str
    agent_id: str
    version: int
    at_ms: int


class Dispatcher:
    """An index of who waits and who is free. Mutable, private, equal to a rebuild from the two pictures."""

    def __init__(self, draws: Draws) -> None:
        """`draws` decides where a strategy leaves it to chance."""
        self._draws = draws
        self._queues: dict[str, QueueSettings] = {}
        self._calls: dict[str, Call] = {}
        self._agents: dict[str, Agent] = {}
        self._lanes: dict[Lane, Ordered[Place]] = {}
        self._benches: dict[Bench, dict[str, Seats]] = {}
        self._seated: dict[Bench, dict[str, None]] = {}
        self._serves: dict[Bench, list[Lane]] = {}
        self._served_by: dict[Lane, list[tuple[Bench, int]]] = {}
        self._bench_of: dict[str, Bench] = {}
        self._last_offered: dict[str, tuple[int, Spot]] = {}
        self._pending: dict[str, _Pending] = {}
        self._held_for: dict[str, str] = {}
        self._paused: dict[str, int] = {}
        self._fresh: dict[Lane, None] = {}

    # -- what has changed --------------------------------------------------------------------------

    def queue_changed(self, settings: QueueSettings) -> None:
        self._queues[settings.queue_id] = settings

    def call_changed(self, call_id: str, call: Call | None) -> None:
        """A call is new, has moved on, or (None) is over."""
        before = self._calls.get(call_id)
        if before is not None and before.state is CallState.WAITING:
            self._lanes[_lane(before)].drop(call_id)
        pending = self._pending.get(call_id)
        if pending is not None and (call is None or call.group is None or call.agent_id != pending.agent_id):
            self._release(pending)
        if call is None or call.state is CallState.ENDED or call.winner is not None:
            self._calls.pop(call_id, None)
            return
        self._calls[call_id] = call
        if call.state is CallState.WAITING:
            self._line_up(call)

    def agent_changed(self, agent: Agent) -> None:
        """An agent is new or has moved on."""
        agent_id = agent.agent_id
        self._agents[agent_id] = agent
        self._paused.pop(agent_id, None)
        self._remember_offer(agent, agent.last_offered_queue_id, agent.last_offered_at_ms)
        pending = self._pending.get(self._held_for.get(agent_id, ""))
        if pending is not None and any(_answers(held, pending) for held in agent.engagements):
            del self._pending[pending.call_id], self._held_for[agent_id]
        self._seat(agent)

    def refused(self, call_id: str, agent_id: str) -> None:
        """The owner of the call did not take our proposal: our picture of the call is behind.

        The agent may be offered something else; the call waits for its picture to catch up, or for the timeout.
        """
        pending = self._pending.get(call_id)
        if pending is not None and pending.agent_id == agent_id:
            self._release(pending)
            self._pending[call_id] = _Pending(call_id, "", pending.version, pending.at_ms)

    def denied(self, agent_id: str, now_ms: int) -> None:
        """The agent's owner did not take an offer: our picture of the agent is behind."""
        if agent_id not in self._agents:
            return
        self._paused[agent_id] = now_ms + DENIED_PAUSE_MS
        self._unseat(agent_id)

    def elapse(self, now_ms: int) -> None:
        """Bring back what has been set aside for too long."""
        for pending in [one for one in self._pending.values() if one.at_ms + PROPOSAL_TIMEOUT_MS <= now_ms]:
            self._release(pending)
            self._reconsider(pending.call_id)
        for agent_id in [one for one, until_ms in self._paused.items() if until_ms <= now_ms]:
            del self._paused[agent_id]
            self._seat(self._agents[agent_id])

    def next_deadline_ms(self) -> int | None:
        """When `elapse` has something to do, or None."""
        timeouts = [pending.at_ms + PROPOSAL_TIMEOUT_MS for pending in self._pending.values()]
        return min([*timeouts, *self._paused.values()], default=None)

    # -- who gets whom -----------------------------------------------------------------------------

    def proposals(self, now_ms: int) -> list[ProposeOffer]:
        """Every proposal that has become possible since the last time."""
        found: list[ProposeOffer] = []
        while self._fresh:
            lane = next(iter(self._fresh))
            pair = self._best_pair(lane)
            if pair is None:
                del self._fresh[lane]
            else:
                found.append(self._propose(*pair, now_ms))
        return found

    def waiting(self) -> dict[Lane, list[str]]:
        """Every lane with its calls in order, for comparison with a rebuild."""
        return {lane: line.members() for lane, line in self._lanes.items() if len(line)}

    def _best_pair(self, lane: Lane) -> tuple[str, str] | None:
        """Who should get whom next, seen from this lane; None if nobody waits in it or nobody is free for it.

        The best agent for this lane may be owed to a caller who comes first in another lane, for whom another agent may
        be the best. Each step leads to an earlier caller, so that it ends with a pair that suits both.
        """
        while (agent_id := self._best_agent(lane)) is not None:
            first = self._first_lane(self._bench_of[agent_id])
            if first == lane:
                head = self._lanes[lane].first()
                assert head is not None
                return head[-1], agent_id
            lane = first
        return None

    def _first_lane(self, bench: Bench) -> Lane:
        """The lane with the first caller among those that this bench can serve; one of them is not empty."""
        heads = [(head, lane) for lane in self._serves[bench] if (head := self._lanes[lane].first()) is not None]
        return min(heads)[1]

    def _best_agent(self, lane: Lane) -> str | None:
        """Who, by the strategy of the lane's queue, is next to be offered a call; None if nobody waits or is free."""
        if not len(self._lanes[lane]):
            return None
        queue_id, _ = lane
        strategy = self._queues[queue_id].strategy
        key = seats_key(strategy, queue_id)
        _, last = self._last_offered.get(queue_id, (0, None))
        best: Candidate | None = None
        for bench, level in self._served_by[lane]:
            if self._seated[bench]:
                seats = self._benches[bench].get(key) or self._put_up_seats(bench, strategy, queue_id)
                candidate = seats.best(level, last, self._draws)
                if candidate is not None and (best is None or candidate < best):
                    best = candidate
        return best[-1] if best is not None else None

    def _propose(self, call_id: str, agent_id: str, now_ms: int) -> ProposeOffer:
        call = self._calls[call_id]
        self._lanes[_lane(call)].drop(call_id)
        self._unseat(agent_id)
        self._pending[call_id] = _Pending(call_id, agent_id, call.version, now_ms)
        self._held_for[agent_id] = call_id
        self._remember_offer(self._agents[agent_id], call.queue_id, now_ms)
        return ProposeOffer(call_id, agent_id, call.version)

    # -- keeping the index -------------------------------------------------------------------------

    def _release(self, pending: _Pending) -> None:
        """Forget a proposal; its agent may be offered something else."""
        del self._pending[pending.call_id]
        if self._held_for.get(pending.agent_id) == pending.call_id:
            del self._held_for[pending.agent_id]
            self._seat(self._agents[pending.agent_id])

    def _reconsider(self, call_id: str) -> None:
        call = self._calls.get(call_id)
        if call is not None and call.state is CallState.WAITING:
            self._line_up(call)

    def _line_up(self, call: Call) -> None:
        lane = _lane(call)
        if lane not in self._lanes:
            self._open_lane(lane)
        self._lanes[lane].put(call.call_id, place(call))
        self._fresh[lane] = None

    def _open_lane(self, lane: Lane) -> None:
        if len(self._lanes) >= LANES_KEPT:
            for empty in [one for one, line in self._lanes.items() if not len(line)]:
                del self._lanes[empty]
                self._fresh.pop(empty, None)
                for bench, _ in self._served_by.pop(empty):
                    self._serves[bench].remove(empty)
        self._lanes[lane] = Ordered()
        self._served_by[lane] = [(bench, bench.level(lane[0])) for bench in self._benches if bench.serves(lane)]
        for bench, _ in self._served_by[lane]:
            self._serves[bench].append(lane)

    def _seat(self, agent: Agent) -> None:
        agent_id = agent.agent_id
        if not agent.free or agent_id in self._held_for or agent_id in self._paused:
            self._unseat(agent_id)
            return
        bench = _bench(agent)
        if self._bench_of.get(agent_id, bench) != bench:
            self._unseat(agent_id)
        if bench not in self._benches:
            self._put_up_bench(bench)
        self._bench_of[agent_id] = bench
        self._seated[bench][agent_id] = None
        for seats in self._benches[bench].values():
            seats.put(agent)
        self._fresh.update(dict.fromkeys(lane for lane in self._serves[bench] if len(self._lanes[lane])))

    def _put_up_bench(self, bench: Bench) -> None:
        if len(self._benches) >= BENCHES_KEPT:
            for empty in [one for one, seated in self._seated.items() if not seated]:
                del self._benches[empty], self._seated[empty]
                for lane in self._serves.pop(empty):
                    self._served_by[lane].remove((empty, empty.level(lane[0])))
        self._benches[bench] = {}
        self._seated[bench] = {}
        self._serves[bench] = [lane for lane in self._lanes if bench.serves(lane)]
        for lane in self._serves[bench]:
            self._served_by[lane].append((bench, bench.level(lane[0])))

    def _put_up_seats(self, bench: Bench, strategy: Strategy, queue_id: str) -> Seats:
        """The order that a strategy asks for, of everybody on this bench: made when it is first asked for."""
        seats = self._benches[bench][seats_key(strategy, queue_id)] = seats_for(strategy, queue_id)
        for agent_id in self._seated[bench]:
            seats.put(self._agents[agent_id])
        return seats

    def _remember_offer(self, agent: Agent, queue_id: str, at_ms: int) -> None:
        """Whose turn it was last in a queue, by the newest offer that is known."""
        if queue_id and at_ms >= self._last_offered.get(queue_id, (0, None))[0]:
            self._last_offered[queue_id] = (at_ms, (agent.settings.tier(queue_id).position, agent.agent_id))

    def _unseat(self, agent_id: str) -> None:
        bench = self._bench_of.pop(agent_id, None)
        if bench is not None:
            del self._seated[bench][agent_id]
            for seats in self._benches[bench].values():
                seats.drop(agent_id)


def _answers(held: Engagement, pending: _Pending) -> bool:
    """Whether an engagement came of this proposal: an earlier offer of the same call may still be held by the agent."""
    return held.call_id == pending.call_id and held.quoted > pending.version


def _lane(call: Call) -> Lane:
    return (call.queue_id, call.needs)


def _bench(agent: Agent) -> Bench:
    settings = agent.settings
    levels = {queue_id: tier.level for queue_id, tier in settings.tiers.items() if tier.level != FIRST_TIER.level}
    return Bench(frozenset(settings.queues), tuple(sorted(settings.skills.items())), tuple(sorted(levels.items())))
