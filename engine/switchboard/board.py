"""Queues and calls of one tenant: the owner that has the last word on every call and every offer.

This is what the owner owes on top of what is true (`calls`), and how events change it. Policy lives in three other
places: what a command may do, in `commands`; who may be offered a call and whose vote wins, in `offers`; what is owed
because time has passed, in `Switchboard.due`.

Open steps (`steps`) are questions to the agents' owner that have no answer yet. They follow from the state: an offered
call asks `MakeOffer`, an offer that is over but not yet acknowledged asks `ReleaseOffer`.
"""

from engine import call as calls
from engine import events as e
from engine import messages as m
from engine.call import Call, CallState
from engine.commands import REMEMBERED_MS
from engine.deadlines import Deadlines
from engine.memory import Remembered
from engine.outcomes import Outcomes
from engine.steps import OpenSteps
from engine.switchboard.calls import Calls

OFFER_GRACE_MS = 2_000
"""How long after an offer's deadline the owner of the call waits for the agent's owner before it closes the offer."""
CALLER_LEASE_MS = 15_000
"""A leased caller whose door is silent for this long is gone."""


class Switchboard(Calls):
    """The state of one tenant's queues and calls. Mutable inside, changed only by `evolve` and `recovered`."""

    def __init__(self, tenant_id: str) -> None:
        super().__init__(tenant_id)
        self.recovered_at_ms = 0
        self.offers: dict[str, str] = {}
        self.releases: dict[str, m.ReleaseOffer] = {}
        self.ended: Remembered[bool] = Remembered()
        self.outcomes = Outcomes()
        self.deadlines = Deadlines()
        self.leases = Deadlines()
        self.steps: OpenSteps[m.QueueStep] = OpenSteps()

    def evolve(self, fact: e.Fact, position: int) -> None:
        """Apply one event. Never fails for an event that was decided on this state."""
        self.ended.forget_before(fact.at_ms)
        self.outcomes.learn(fact)
        super().evolve(fact, position)
        match fact.event:
            case e.CallTombstoned(call_id=call_id, until_ms=until_ms):
                self.ended.remember(call_id, value=True, until_ms=until_ms)
            case e.ReleaseAcknowledged(offer_id=offer_id):
                self.releases.pop(offer_id, None)
                self.steps.close(offer_id)

    def due(self, now_ms: int) -> e.QueueEvent | None:
        """The next event that is owed because time has passed, or None. Call again until None."""
        call_id = self.deadlines.due(now_ms)
        if call_id is not None:
            call = self.calls[call_id]
            assert call.group is not None
            return e.OfferClosed(call_id, call.group.offers[0].offer_id, e.OfferEnd.EXPIRED, release=True)
        call_id = self.leases.due(now_ms)
        return ended(self.calls[call_id], now_ms, lost=True) if call_id is not None else None

    def next_deadline_ms(self) -> int | None:
        """When `due` has something to say, or None."""
        times = [at for at in (self.deadlines.earliest_ms(), self.leases.earliest_ms()) if at is not None]
        return min(times, default=None)

    def renew(self, keys: tuple[str, ...], now_ms: int) -> None:
        """A door says that these callers are still here."""
        for call_id in keys:
            call = self.calls.get(call_id)
            if call is not None and call.leased:
                self.leases.set(call_id, now_ms + CALLER_LEASE_MS)

    def recovered(self, now_ms: int) -> None:
        """Leases start anew, and votes cast while the owner was away get their time to arrive."""
        self.recovered_at_ms = now_ms
        for call in self.calls.values():
            self._time(call)
            if call.leased:
                self.leases.set(call.call_id, now_ms + CALLER_LEASE_MS)

    # -- applying events ---------------------------------------------------------------------------

    def _arrive(self, call: Call) -> None:
        super()._arrive(call)
        if call.leased:
            self.leases.set(call.call_id, call.arrived_at_ms + CALLER_LEASE_MS)

    def _change(self, before: Call, event: e.CallEvent, at_ms: int, position: int) -> Call:
        after = super()._change(before, event, at_ms, position)
        if isinstance(event, e.CallOffered):
            self.offers[event.offer_id] = after.call_id
        self._step(before, after, event)
        self._time(after)
        if after.state is CallState.ENDED:
            self.leases.clear(after.call_id)
            self.ended.remember(after.call_id, value=True, until_ms=at_ms + REMEMBERED_MS)
        return after

    def _step(self, before: Call, after: Call, event: e.CallEvent) -> None:
        offer = before.winner or (before.group.offers[0] if before.group is not None else None)
        if after.group is not None:
            made = after.group.offers[0]
            self.steps.open(made.offer_id, make_offer(after))
        elif offer is not None and isinstance(event, e.OfferClosed | e.CallEnded):
            self.offers.pop(offer.offer_id, None)
            self.steps.close(offer.offer_id)
            if event.release:
                release = m.ReleaseOffer(
                    offer.offer_id,
                    offer.agent_id,
                    connected=before.winner is not None,
                    deadline_ms=offer.deadline_ms,
                )
                self.releases[offer.offer_id] = release
                self.steps.open(offer.offer_id, release)
        elif isinstance(event, e.CallConnected):
            self.steps.close(event.offer_id)

    def _time(self, call: Call) -> None:
        if call.group is not None:
            self.deadlines.set(call.call_id, max(call.group.deadline_ms, self.recovered_at_ms) + OFFER_GRACE_MS)
        else:
            self.deadlines.clear(call.call_id)


def make_offer(call: Call) -> m.MakeOffer:
    """The question that an offered call asks the agent's owner."""
    assert call.group is not None
    offer = call.group.offers[0]
    return m.MakeOffer(
        offer_id=offer.offer_id,
        agent_id=offer.agent_id,
        call_id=call.call_id,
        queue_id=call.queue_id,
        subject_id=call.subject_id,
        priority=call.priority,
        needs=call.needs,
        arrived_at_ms=call.arrived_at_ms,
        deadline_ms=offer.deadline_ms,
        quoted=offer.position,
        terms=offer.terms,
    )


def ended(call: Call, now_ms: int, *, lost: bool = False) -> e.CallEnded:
    """The terminal event of a call as it stands."""
    offer = call.winner or (call.group.offers[0] if call.group is not None else None)
    if call.winner is not None:
        outcome = e.CallOutcome.ANSWERED
    else:
        outcome = e.CallOutcome.LOST if lost else e.CallOutcome.ABANDONED
    winner = call.winner
    return e.CallEnded(
        call.call_id,
        outcome,
        release=offer is not None,
        summary=e.CallSummary(
            queue_id=call.queue_id,
            subject_id=call.subject_id,
            agent_id=winner.agent_id if winner is not None else None,
            offer_id=winner.offer_id if winner is not None else None,
            priority=call.priority,
            attempts=call.attempts,
            arrived_at_ms=call.arrived_at_ms,
            first_offered_at_ms=call.first_offered_at_ms,
            answered_at_ms=call.answered_at_ms,
            hold_ms=calls.hold_ms(call, now_ms),
        ),
    )
