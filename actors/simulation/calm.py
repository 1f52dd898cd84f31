"""What must hold while nothing goes wrong: in a calm world almost from the start, in others once they have healed."""

from collections.abc import Callable

from actors.simulation.agentbook import RINGING, KnownAgent
from actors.simulation.callbook import OFFERED, WAITING, KnownCall
from actors.simulation.ledger import Ledger
from engine.events import CallOffered
from engine.roster.book import SOFTPHONE_GRACE_MS
from engine.switchboard.board import OFFER_GRACE_MS

OFFER_WITHIN_MS = 5_000
"""A waiting call and a free agent who can take it: an offer within this time. Covers a proposal that timed out."""
OUT_OF_TURN_MS = 3_000
"""Who has waited settled for this long is not passed by a call with a later place. Covers the same."""
TOGETHER_MS = 500
"""Offers so close to each other were proposed together: their messages may have overtaken each other."""
LATE_MS = 1_500
"""How long after a deadline its effect may be journaled: clock skews, one commit, one wake-up."""


class Calm:
    """Looks at a ledger now and then. `vanished`: agents whose softphones fell silent, and since when (true time)."""

    def __init__(self, ledger: Ledger, now_ms: Callable[[], int], vanished: dict[str, int]) -> None:
        self._ledger = ledger
        self._now_ms = now_ms
        self._vanished = vanished
        self._passed: list[tuple[str, KnownCall, int]] = []
        self.since_ms: int | None = None
        ledger.on_offered = self._offered

    def begin(self) -> None:
        """From now on nothing goes wrong."""
        if self.since_ms is None:
            self.since_ms = self._now_ms()

    def look(self) -> None:
        """Complain about whatever takes too long."""
        if self.since_ms is None:
            return
        now_ms = self._now_ms()
        for agent in self._ledger.agents.agents.values():
            self._look_at_agent(agent, now_ms)
        self._look_at_order(now_ms)
        for call in self._ledger.calls.calls.values():
            offer = call.offer
            if call.state is OFFERED and offer is not None and offer.deadline_ms + OFFER_GRACE_MS + LATE_MS < now_ms:
                self._ledger.says(f"{offer.offer_id} is open long after its deadline")

    def _look_at_agent(self, agent: KnownAgent, now_ms: int) -> None:
        agent_id = agent.settings.agent_id
        for offer_id, held in agent.held.items():
            if held.until_ms is not None and held.until_ms + LATE_MS < now_ms:
                self._ledger.says(f"{offer_id} is {held.state} at {agent_id} long after its deadline")
        silent_since_ms = self._vanished.get(agent_id)
        if silent_since_ms is not None and self._settled(silent_since_ms) + SOFTPHONE_GRACE_MS + LATE_MS < now_ms:
            rings = any(held.state is RINGING for held in agent.held.values())
            if rings or agent.base == "available":
                self._ledger.says(f"{agent_id} counts as present though the softphone is gone")
        if agent.free and self._settled(agent.settled_since_ms) + OFFER_WITHIN_MS < now_ms:
            for call in self._ledger.calls.waiting(agent.tenant_id):
                if agent.can_take(call) and self._settled(call.settled_since_ms) + OFFER_WITHIN_MS < now_ms:
                    self._ledger.says(f"{call.call_id} waits and {agent_id} is free, and nothing happens")

    def _look_at_order(self, now_ms: int) -> None:
        for offer_id, call, at_ms in self._passed:
            waits_on = call.state is WAITING and call.offered_at_ms < at_ms and at_ms + TOGETHER_MS < now_ms
            if waits_on or call.offered_at_ms > at_ms + TOGETHER_MS:
                self._ledger.says(f"{offer_id} passed {call.call_id}, which is before it in line")
        self._passed = [one for one in self._passed if one[2] + TOGETHER_MS >= now_ms]

    def _offered(self, event: CallOffered) -> None:
        """Order: priority, then arrival, among calls that the same agent could take."""
        if self.since_ms is None:
            return
        chosen, agent = self._ledger.calls.calls[event.call_id], self._ledger.agents.agents.get(event.agent_id)
        now_ms = self._now_ms()
        for call in self._ledger.calls.waiting(chosen.tenant_id):
            waits_long = self._settled(call.settled_since_ms) + OUT_OF_TURN_MS < now_ms
            if agent is not None and call.place < chosen.place and waits_long and agent.can_take(call):
                self._passed.append((event.offer_id, call, now_ms))

    def _settled(self, at_ms: int) -> int:
        """Patience begins anew when the calm begins."""
        assert self.since_ms is not None
        return max(at_ms, self.since_ms)
