"""The live picture of one tenant, kept up to date by the facts of both journals.

It holds replicas of both owners' states, and besides them only what those do not remember: tallies, what agents did
today, and since when a call rings. Nothing here depends on how the two streams interleave.

What was *shown* last is kept apart from what *is*: `LivePicture` is always exactly what all deltas so far add up to.
"""

from engine import events as e
from engine.agent import Agent
from engine.call import Call, CallState
from engine.livepicture import days
from engine.livepicture.days import AgentDay
from engine.livepicture.frames import LiveDelta, LivePicture
from engine.livepicture.layer import Layer
from engine.livepicture.rows import AgentRow, CallRow, QueueRow, agent_row, call_row
from engine.livepicture.staffing import Staffing
from engine.livepicture.tallies import Tallies
from engine.roster import Agents
from engine.switchboard import Calls

UNANSWERED = frozenset({CallState.WAITING, CallState.OFFERED})


class TenantPicture:
    """Everything the live view knows of one tenant. Mutable inside, changed only by facts and by `paint`."""

    def __init__(
        self,
        tenant_id: str,
        *,
        board: Calls | None = None,
        roster: Agents | None = None,
        tallies: Tallies | None = None,
        agent_days: dict[str, AgentDay] | None = None,
        rung_at_ms: dict[str, int] | None = None,
    ) -> None:
        """A new tenant's picture, or one made of what was stored; nothing is shown yet."""
        self.tenant_id = tenant_id
        self.board = board or Calls(tenant_id)
        self.roster = roster or Agents(tenant_id)
        self.tallies = tallies or Tallies()
        self.agent_days = agent_days or {}
        self.rung_at_ms = rung_at_ms or {}
        self.position = 0
        self.at_ms = 0
        self._now_ms = 0
        self._unanswered: dict[str, dict[str, None]] = {queue_id: {} for queue_id in self.board.queues}
        self._staffing = Staffing()
        self._queues = Layer(self._queue_row)
        self._calls = Layer(self._call_row)
        self._agents = Layer(self._agent_row)
        self._tallies = Layer(self.tallies.get)
        self._index()

    # -- facts -------------------------------------------------------------------------------------

    def queue_fact(self, fact: e.Fact, position: int) -> None:
        """Apply one fact of the queues' stream; one that was applied before changes nothing."""
        if position <= self.board.position:
            return
        self.board.evolve(fact, position)
        self.tallies.elapse(fact.at_ms)
        match fact.event:
            case e.QueueConfigured(settings=settings):
                self._unanswered.setdefault(settings.queue_id, {})
                self._queues.touch((settings.queue_id,))
            case e.CallTombstoned() | e.ReleaseAcknowledged() | e.CommandRefused():
                pass
            case e.CallEnded() as ended:
                self._ended(ended, fact.at_ms)
                self._call_changed(ended.call_id, ended.summary.queue_id)
            case event:
                call = self.board.calls[event.call_id]  # type: ignore[union-attr]
                self._changed(call, event, fact.at_ms)
                self._call_changed(call.call_id, call.queue_id)

    def agent_fact(self, fact: e.Fact, position: int) -> None:
        """Apply one fact of the agents' stream; one that was applied before changes nothing."""
        if position <= self.roster.position:
            return
        agent_id = _agent_of(fact.event)
        before = self.roster.agents.get(agent_id)
        self.roster.evolve(fact, position)
        self.tallies.elapse(fact.at_ms)
        if agent_id:
            after = self.roster.agents[agent_id]
            self._worked(before, after, fact)
            self._queues.touch(self._staffing.changed(after))
            self._agents.touch((agent_id,))

    def _changed(self, call: Call, event: e.Event, at_ms: int) -> None:
        self.rung_at_ms.pop(call.call_id, None)
        match event:
            case e.CallQueued():
                self._unanswered[call.queue_id][call.call_id] = None
                self.tallies.add(call.queue_id, call.arrived_at_ms, offered=1)
            case e.CallOffered():
                self.rung_at_ms[call.call_id] = at_ms
            case e.CallConnected():
                del self._unanswered[call.queue_id][call.call_id]
                waited_ms = at_ms - call.arrived_at_ms
                within = waited_ms <= self.board.queues[call.queue_id].sla_threshold_s * 1_000
                self.tallies.add(
                    call.queue_id, call.arrived_at_ms, answered=1, answered_within=within, wait_ms=waited_ms
                )

    def _ended(self, event: e.CallEnded, at_ms: int) -> None:
        self.rung_at_ms.pop(event.call_id, None)
        summary = event.summary
        settings = self.board.queues[summary.queue_id]
        self._unanswered[summary.queue_id].pop(event.call_id, None)
        if summary.answered_at_ms is not None:
            talk_ms = at_ms - summary.answered_at_ms - summary.hold_ms
            self.tallies.add(summary.queue_id, at_ms, handled=1, talk_ms=talk_ms, hold_ms=summary.hold_ms)
        elif event.outcome is e.CallOutcome.LOST:
            self.tallies.add(summary.queue_id, summary.arrived_at_ms, lost=1)
        else:
            waited_ms = at_ms - summary.arrived_at_ms
            self.tallies.add(
                summary.queue_id,
                summary.arrived_at_ms,
                abandoned=1,
                abandoned_within=waited_ms <= settings.sla_threshold_s * 1_000,
                short_abandoned=waited_ms < settings.short_abandon_s * 1_000,
                abandoned_wait_ms=waited_ms,
            )

    def _worked(self, before: Agent | None, after: Agent, fact: e.Fact) -> None:
        """What this fact adds to the agent's day."""
        at_ms, event = fact.at_ms, fact.event
        if before is None:
            self.agent_days[after.agent_id] = days.new_day(at_ms)
            return
        day = self.agent_days[after.agent_id]
        if before.presence is not after.presence or isinstance(event, e.WrapUpStarted | e.WrapUpCompleted):
            day = days.elapsed(day, before.presence, at_ms)
        match event:
            case e.WrapUpStarted(offer_id=offer_id):
                held = before.find(offer_id)
                if held is not None and held.answered_at_ms is not None:
                    day = days.conversed(day, at_ms - held.answered_at_ms)
            case e.WrapUpCompleted(queue_id=queue_id, started_at_ms=started_at_ms):
                day = days.wrapped_up(day, at_ms - started_at_ms)
                self.tallies.add(queue_id, started_at_ms, wrap_up_ms=at_ms - started_at_ms)
        self.agent_days[after.agent_id] = day

    def _call_changed(self, call_id: str, queue_id: str) -> None:
        self._calls.touch((call_id,))
        self._queues.touch((queue_id,))

    # -- frames ------------------------------------------------------------------------------------

    def paint(self, epoch: int, at_ms: int, *, heartbeat: bool = False) -> LiveDelta | None:
        """Show everything as it is now: the next delta; None if nothing has changed, unless as a `heartbeat`."""
        self._now_ms = at_ms
        self._tallies.touch(self.tallies.changed)
        self.tallies.changed.clear()
        queues, queues_gone = self._queues.refresh()
        calls, calls_gone = self._calls.refresh()
        agents, agents_gone = self._agents.refresh()
        tallies, tallies_gone = self._tallies.refresh()
        upserts, gone = (queues, calls, agents, tallies), (queues_gone, calls_gone, agents_gone, tallies_gone)
        if not heartbeat and not any(upserts) and not any(gone):
            return None
        self.position += 1
        self.at_ms = at_ms
        return LiveDelta(str(epoch), self.position, at_ms, *upserts, *gone)

    def whole(self, epoch: int) -> LivePicture:
        """Everything as it was last shown."""
        return LivePicture(
            str(epoch),
            self.position,
            self.at_ms,
            queues=self._queues.shown(),
            calls=self._calls.shown(),
            agents=self._agents.shown(),
            tallies=self._tallies.shown(),
        )

    # -- rows --------------------------------------------------------------------------------------

    def _queue_row(self, queue_id: str) -> QueueRow | None:
        settings = self.board.queues.get(queue_id)
        if settings is None:
            return None
        line = self.board.lines[queue_id]
        unanswered = self._unanswered[queue_id]
        oldest = next(iter(unanswered), None)
        return QueueRow(
            queue_id=queue_id,
            name=settings.name,
            sla_threshold_s=settings.sla_threshold_s,
            sla_target=settings.sla_target,
            waiting=len(line),
            ringing=len(unanswered) - len(line),
            oldest_arrived_at_ms=self.board.calls[oldest].arrived_at_ms if oldest is not None else None,
            ewt_s=line.ewt_s(line.position_of(settings.priority, settings.credit_ms, self._now_ms)),
            free=self._staffing.count(queue_id, "free"),
            on_call=self._staffing.count(queue_id, "on_call"),
            wrap_up=self._staffing.count(queue_id, "wrap_up"),
        )

    def _call_row(self, call_id: str) -> CallRow | None:
        call = self.board.calls.get(call_id)
        return call_row(call, self.rung_at_ms.get(call_id)) if call is not None else None

    def _agent_row(self, agent_id: str) -> AgentRow | None:
        agent = self.roster.agents.get(agent_id)
        return agent_row(agent, self.agent_days[agent_id]) if agent is not None else None

    # -- upkeep ------------------------------------------------------------------------------------

    def _index(self) -> None:
        """Rebuild what follows from the rest, and have everything shown."""
        for call in sorted(self.board.calls.values(), key=lambda one: one.arrived_at_ms):
            if call.state in UNANSWERED:
                self._unanswered[call.queue_id][call.call_id] = None
        for agent in self.roster.agents.values():
            self._staffing.changed(agent)
        self._queues.touch(self.board.queues)
        self._calls.touch(self.board.calls)
        self._agents.touch(self.roster.agents)


def _agent_of(event: e.Event) -> str:
    """Whom a fact of the agents' stream is about; empty: nobody."""
    match event:
        case e.AgentConfigured(settings=settings):
            return settings.agent_id
        case e.CommandRefused():
            return ""
        case other:
            return other.agent_id  # type: ignore[union-attr]
