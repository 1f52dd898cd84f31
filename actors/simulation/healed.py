"""What must be true once a world has healed and everyone has been served."""

from collections.abc import Sequence

from actors.domain import AGENT_DOMAIN, QUEUE_DOMAIN, Aggregate, Domain
from actors.simulation.ledger import Ledger
from actors.simulation.processes import Process
from engine.events import decode_fact
from engine.roster import Roster
from engine.switchboard import Switchboard
from persistence.journal import Kind
from persistence.memory.journal import MemoryJournal


def convergence_faults(ledger: Ledger, processes: Sequence[Process], store: MemoryJournal) -> list[str]:
    """Everything that is still open, and every live state that differs from its journal. Empty: converged."""
    faults = [f"{call_id} never ended" for call_id in sorted(ledger.queue_of.keys() - ledger.ended)]
    faults += [f"{agent_id} still holds {sorted(held)}" for agent_id, held in sorted(ledger.engaged.items()) if held]
    for process in processes:
        if process.shard is not None:
            faults += _differences(process, store)
    return faults


def _differences(process: Process, store: MemoryJournal) -> list[str]:
    domain = QUEUE_DOMAIN if process.kind is Kind.QUEUE else AGENT_DOMAIN
    shard = process.shard
    assert shard is not None
    faults = [f"{process.kind.value} does not own {n}" for n in process.numbers if n not in shard.partitions]
    for number, partition in shard.partitions.items():
        replayed = _replay(domain, number, store)
        for tenant_id, live in partition.aggregates.items():
            other = replayed.get(tenant_id, domain.new(tenant_id))
            if partition.position == partition.committed:
                faults += _compare(f"{process.kind.value} of {tenant_id}", domain, live, other)
            if len(live.steps):
                faults.append(f"{process.kind.value} of {tenant_id} has open steps {list(live.steps)[:3]}")
    return faults


def _replay(domain: Domain, number: int, store: MemoryJournal) -> dict[str, Aggregate]:
    """Every tenant's state from the first entry on."""
    found: dict[str, Aggregate] = {}
    for entry in store.streams.get((domain.kind, number), []):
        aggregate = found.setdefault(entry.tenant_id, domain.new(entry.tenant_id))
        aggregate.evolve(decode_fact(entry.payload), entry.position)
    return found


def _compare(name: str, domain: Domain, live: Aggregate, replayed: Aggregate) -> list[str]:
    """Live state, its replay, and a rebuild of its indexes must be the same."""
    faults = []
    if domain.dump(live) != domain.dump(replayed):
        faults.append(f"{name}: the live state is not the replay of its journal")
    rebuilt = domain.load(domain.dump(live))
    if _indexes(rebuilt) != _indexes(live):
        faults.append(f"{name}: an index is not what a rebuild gives")
    return faults


def _indexes(aggregate: Aggregate) -> object:
    match aggregate:
        case Switchboard():
            lines = {queue_id: line.call_ids() for queue_id, line in aggregate.lines.items()}
            return lines, aggregate.offers, aggregate.steps.as_dict()
        case Roster():
            return aggregate.deadlines.as_dict(), aggregate.steps.as_dict()
        case _:
            return None
