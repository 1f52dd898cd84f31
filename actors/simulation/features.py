"""What a world has seen the engine do: events by their kind, and what about them stands for a feature of its own."""

from collections.abc import Iterator
from typing import get_args

from actors.domain import Aggregate
from engine import events as e
from engine.refusals import Refusal
from engine.roster import Roster
from engine.settings import Strategy
from engine.switchboard import Switchboard
from persistence.journal import Kind

CLOSED = (
    e.OfferEnd.DECLINED,
    e.OfferEnd.RANG_OUT,
    e.OfferEnd.DENIED,
    e.OfferEnd.DISCONNECTED,
    e.OfferEnd.EXPIRED,
)
"""How an offer can end at the owner of its call."""
ENDED = (e.OfferEnd.DECLINED, e.OfferEnd.RANG_OUT, e.OfferEnd.DISCONNECTED, e.OfferEnd.WITHDRAWN)
"""How an offer can end at its agent."""
PRESENCES = (
    "available",
    "offline",
    "away break",
    "away lunch",
    "away training",
    "away meeting",
    "away rona",
    "away connection_lost",
)
UNSEEN_REFUSALS = {Refusal.UNKNOWN_TENANT, Refusal.OVERLOADED, Refusal.UNAVAILABLE}
"""No world has tenants that the store does not know, thousands of commands at once, or gateways that give up."""


def _types(*unions: object) -> Iterator[str]:
    for union in unions:
        for event in get_args(union):
            yield str(event.__struct_config__.tag)


FEATURES = frozenset(
    [
        *(f"queue {name}" for name in _types(e.QueueEvent)),
        *(f"agent {name}" for name in _types(e.AgentEvent)),
        *(f"strategy {strategy}" for strategy in Strategy),
        *(f"offer_closed {reason}" for reason in CLOSED),
        *(f"offer_ended {reason}" for reason in ENDED),
        *(f"call_ended {outcome}" for outcome in e.CallOutcome),
        *(f"presence {chosen}" for chosen in PRESENCES),
        *(f"answer {refusal}" for refusal in Refusal if refusal not in UNSEEN_REFUSALS),
        *("answer ok", "credit", "priority", "leased", "needs", "tier 1", "tier 2", "capacity 2"),
        *("wrap_up with a disposition", "wrap_up timed out", "reconfigured under load", "read"),
    ]
)
"""Everything that a large enough number of worlds must have seen."""


def features_of(kind: Kind, event: e.Event, before: Aggregate) -> Iterator[str]:
    """What one committed event stands for. `before`: the state that it changes."""
    yield f"{kind.value} {e.event_type(event)}"
    match event:
        case e.CallOffered() if isinstance(before, Switchboard):
            yield f"strategy {before.queues[before.calls[event.call_id].queue_id].strategy}"
        case e.OfferMade() if isinstance(before, Roster):
            settings = before.agents[event.agent_id].settings
            yield f"tier {settings.tier(event.queue_id).level}"
            if before.agents[event.agent_id].engagements:
                yield "capacity 2"
        case e.CallQueued():
            yield from _asked_for(event)
        case e.OfferClosed():
            yield f"offer_closed {event.reason}"
        case e.OfferEnded():
            yield f"offer_ended {event.reason}"
        case e.CallEnded():
            yield f"call_ended {event.outcome}"
        case e.PresenceChosen():
            yield f"presence {event.presence} {event.reason}".rstrip()
        case e.WrapUpCompleted():
            yield "wrap_up timed out" if event.disposition is None else "wrap_up with a disposition"
        case e.QueueConfigured() if isinstance(before, Switchboard):
            if event.settings.queue_id in before.queues and before.calls:
                yield "reconfigured under load"
        case _:
            return


def _asked_for(event: e.CallQueued) -> Iterator[str]:
    """What is special about a call."""
    if event.credit_ms is not None:
        yield "credit"
    if event.priority:
        yield "priority"
    if event.leased:
        yield "leased"
    if event.needs:
        yield "needs"
