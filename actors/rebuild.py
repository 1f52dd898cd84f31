"""Indexes and the state that they follow from: what is kept up to date event by event must equal a rebuild."""

from actors.domain import Aggregate, Domain
from engine.roster import Roster
from engine.switchboard import Switchboard


def differing_indexes(domain: Domain, live: Aggregate) -> list[str]:
    """Names of those indexes of a state that are not what its stored form gives when it is loaded."""
    rebuilt = domain.load(domain.dump(live))
    rebuilt.recovered(live.recovered_at_ms if isinstance(live, Switchboard) else 0)
    ours, theirs = _indexes(live), _indexes(rebuilt)
    return [name for name, index in ours.items() if index != theirs[name]]


def _indexes(aggregate: Aggregate) -> dict[str, object]:
    match aggregate:
        case Switchboard():
            return {
                "lines": {queue_id: line.call_ids() for queue_id, line in aggregate.lines.items()},
                "offers": aggregate.offers,
                "steps": aggregate.steps.as_dict(),
                "deadlines": aggregate.deadlines.as_dict(),
                "leases": sorted(aggregate.leases.as_dict()),
            }
        case Roster():
            return {
                "deadlines": aggregate.deadlines.as_dict(),
                "steps": aggregate.steps.as_dict(),
                "leases": sorted(aggregate.leases.as_dict()),
            }
        case _:
            return {}
