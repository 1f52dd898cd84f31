"""An offer group: a call tentatively bound to agents until a deadline, with one winner.

Single ring opens a group with one offer; ring-all will open one with several. A group is over when it is won
(`CallConnected`) or closed (`OfferClosed`); an `offer_id` is never used twice, which is what makes every late, lost or
doubled message about it harmless.
"""

import msgspec

from engine.events import OfferTerms


class Offer(msgspec.Struct, frozen=True):
    """The queue's side of an offer. `position`: where in the queue's stream it was made."""

    offer_id: str
    agent_id: str
    deadline_ms: int
    position: int
    terms: OfferTerms


class OfferGroup(msgspec.Struct, frozen=True):
    """The offers that are open for one call at one time."""

    offers: tuple[Offer, ...]

    def find(self, offer_id: str) -> Offer | None:
        return next((offer for offer in self.offers if offer.offer_id == offer_id), None)

    @property
    def deadline_ms(self) -> int:
        return max(offer.deadline_ms for offer in self.offers)


def offer_id_for(call_id: str, attempt: int) -> str:
    """The id of a call's n-th offer: derived, so that no randomness is needed, and readable in logs."""
    return f"{call_id}#{attempt}"
