"""The load client's own account of every call, and its comparison with the journal.

A call is *lost* if it was acknowledged and has neither a live place nor an end. A *double offer* is a second open offer
group for a call, or a second winner. Neither is taken from the system's own counters: the one side is what this client
sent and heard, the other what stands in the journal, read entry by entry.
"""

import asyncio
from collections.abc import Iterable

import msgspec

from engine import events as e


class CallAccount(msgspec.Struct):
    """One call as the client saw it. Times are seconds on the client's own clock; None: it has not happened.

    `could_ring_s`: since when the agent at whom it rang first was free for it. `released_s`: when the agent was done
    with it, wrap-up included.
    """

    scheduled_s: float
    acknowledged_s: float | None = None
    could_ring_s: float | None = None
    rang_s: float | None = None
    connected_s: float | None = None
    ended_s: float | None = None
    released_s: float | None = None
    refused: str | None = None
    winners: set[str] = set()


class Ledger:
    """All calls of a run."""

    def __init__(self) -> None:
        self.calls: dict[str, CallAccount] = {}
        self.settled = asyncio.Event()
        """Set once every call is scheduled and each was refused or has ended."""
        self._all_scheduled = False
        self._open: set[str] = set()

    @property
    def not_over(self) -> frozenset[str]:
        """Calls that were scheduled and neither refused nor seen to end."""
        return frozenset(self._open)

    def complete(self) -> None:
        """No further call will be scheduled."""
        self._all_scheduled = True
        self._settle()

    def scheduled(self, call_id: str, at_s: float) -> None:
        self.calls[call_id] = CallAccount(at_s)
        self._open.add(call_id)

    def answered(self, call_id: str, code: str, at_s: float) -> None:
        """The answer to an `enqueue_call`."""
        if code == "ok":
            self.calls[call_id].acknowledged_s = at_s
        else:
            self.calls[call_id].refused = code
            self._close(call_id)

    def rang(self, call_id: str, at_s: float, agent_free_since_s: float) -> None:
        """The first ring frame at a softphone counts."""
        account = self.calls.get(call_id)
        if account is not None and account.rang_s is None:
            account.rang_s = at_s
            account.could_ring_s = max(account.scheduled_s, agent_free_since_s)

    def connected(self, call_id: str, offer_id: str, at_s: float) -> None:
        account = self.calls.get(call_id)
        if account is not None:
            account.connected_s = account.connected_s or at_s
            account.winners.add(offer_id)

    def ended(self, call_id: str, at_s: float) -> None:
        account = self.calls.get(call_id)
        if account is not None and account.ended_s is None:
            account.ended_s = at_s
            self._close(call_id)

    def released(self, call_id: str, at_s: float) -> None:
        """No agent is engaged with it any more; before it was connected, that means nothing."""
        account = self.calls.get(call_id)
        if account is not None and account.connected_s is not None and account.released_s is None:
            account.released_s = at_s

    def ring_latencies_ms(self) -> list[float]:
        """From the scheduled arrival to the ring frame, for every call that rang."""
        return [(one.rang_s - one.scheduled_s) * 1_000 for one in self.calls.values() if one.rang_s is not None]

    def _close(self, call_id: str) -> None:
        self._open.discard(call_id)
        self._settle()

    def _settle(self) -> None:
        if self._all_scheduled and not self._open:
            self.settled.set()


class JournalAccount:
    """What the journal says about the same calls."""

    def __init__(self) -> None:
        self.queued: set[str] = set()
        self.ended: set[str] = set()
        self.open_offer: dict[str, str] = {}
        self.winner: dict[str, str] = {}
        self.double_offers = 0

    def read(self, facts: Iterable[e.Fact]) -> None:
        """Take in entries of the queue stream, in order."""
        for fact in facts:
            self._take(fact.event)

    def _take(self, event: e.Event) -> None:
        match event:
            case e.CallQueued(call_id=call_id):
                self.queued.add(call_id)
            case e.CallOffered(call_id=call_id, offer_id=offer_id):
                self.double_offers += call_id in self.open_offer or call_id in self.winner
                self.open_offer[call_id] = offer_id
            case e.OfferClosed(call_id=call_id):
                self.open_offer.pop(call_id, None)
            case e.CallConnected(call_id=call_id, offer_id=offer_id):
                self.double_offers += call_id in self.winner
                self.winner[call_id] = offer_id
                self.open_offer.pop(call_id, None)
            case e.CallEnded(call_id=call_id):
                self.ended.add(call_id)
                self.open_offer.pop(call_id, None)
            case _:
                pass


def lost_calls(ledger: Ledger, journal: JournalAccount, live: set[str]) -> list[str]:
    """Acknowledged calls with neither a live place nor an end."""
    return sorted(
        call_id
        for call_id, one in ledger.calls.items()
        if one.acknowledged_s is not None and call_id not in journal.ended and call_id not in live
    )


def double_offers(ledger: Ledger, journal: JournalAccount) -> int:
    """Second offer groups and second winners, by either account."""
    return journal.double_offers + sum(len(one.winners) - 1 for one in ledger.calls.values() if len(one.winners) > 1)
