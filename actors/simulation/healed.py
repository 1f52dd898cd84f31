"""What must be true once a world has healed and everyone has been served."""

from collections.abc import Sequence

from actors.simulation.callbook import ENDED, KnownOffer
from actors.simulation.ledger import Ledger
from actors.simulation.processes import Process
from persistence.journal import Kind
from persistence.memory.journal import MemoryJournal


def state_faults(ledger: Ledger, processes: Sequence[Process], store: MemoryJournal) -> list[str]:
    """Every live state that differs from its journal, at any time. Empty: they are all the same."""
    faults = list(ledger.shadows.differences_of_account(ledger.calls))
    for process in processes:
        if process.shard is not None:
            faults += ledger.shadows.differences_of_shard(process.kind, process.shard, store)
        if process.router is not None:
            faults += ledger.shadows.differences_of_router(process.router, store)
    return faults


def open_ends(ledger: Ledger, processes: Sequence[Process]) -> list[str]:
    """Everything that is still open. Empty: converged."""
    faults = [f"{call.call_id} never ended" for call in ledger.calls.calls.values() if call.state is not ENDED]
    for agent_id, agent in ledger.agents.agents.items():
        faults += [f"{agent_id} still holds {offer_id}" for offer_id in agent.held]
    for offer in ledger.calls.offers.values():
        faults += _loose(offer)
    for process in processes:
        shard = process.shard
        if process.kind is not Kind.ROUTER and process.lingering:
            faults.append(f"a {process.kind.value} that was replaced goes on")
        if shard is None or not process.numbers:
            continue
        faults += [f"{process.kind.value} does not own {n}" for n in process.numbers if n not in shard.partitions]
        for partition in shard.partitions.values():
            for tenant_id, live in partition.aggregates.items():
                if len(live.steps):
                    faults.append(f"{process.kind.value} of {tenant_id} has open steps {list(live.steps)[:3]}")
    return faults


def _loose(offer: KnownOffer) -> list[str]:
    """Both owners must come to tell the same of an offer."""
    faults = []
    if offer.queue_ends != 1:
        faults.append(f"{offer.offer_id} never ended")
    if offer.agent_ends != int(offer.made):
        faults.append(f"{offer.offer_id} never ended at {offer.agent_id}")
    if offer.won != offer.started:
        faults.append(f"{offer.offer_id} was won, and {offer.agent_id} never heard of it")
    return faults
