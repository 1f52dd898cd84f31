"""Indexes and the state that they follow from: what is kept up to date event by event must equal a rebuild."""

from actors.domain import Aggregate, Domain
from engine.roster import Roster
from engine.switchboard import Switchboard


def equals_rebuild(domain: Domain, live: Aggregate) -> bool:
    """Whether the indexes of a state are what its stored form gives when it is loaded."""
    rebuilt = domain.load(domain.dump(live))
    rebuilt.recovered(live.recovered_at_ms if isinstance(live, Switchboard) else 0)
    return _indexes(live) == _indexes(rebuilt)


def _indexes(aggregate: Aggregate) -> object:
    match aggregate:
        case Switchboard():
            lines = {queue_id: line.call_ids() for queue_id, line in aggregate.lines.items()}
            leased = sorted(aggregate.leases.as_dict())
            return lines, aggregate.offers, aggregate.steps.as_dict(), aggregate.deadlines.as_dict(), leased
        case Roster():
            return aggregate.deadlines.as_dict(), aggregate.steps.as_dict(), sorted(aggregate.leases.as_dict())
        case _:
            return None
