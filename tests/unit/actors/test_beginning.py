"""Where recoveries begin when snapshots were saved by a program of another version."""

from typing import Any

import msgspec
import pytest
from msgspec.structs import replace

from actors.domain import AGENT_DOMAIN, QUEUE_DOMAIN, Domain
from actors.partition import Partition
from actors.pictures import PartitionPictures
from actors.simulation.faults import CALM
from actors.simulation.loop import run_virtual
from actors.simulation.quiet import quiet
from actors.simulation.trial import Trial
from actors.simulation.world import World
from engine.livepicture.stored import content, dump
from persistence.journal import Claim, Kind
from persistence.memory.journal import MemoryJournal
from tests.unit.actors.retention import Shortened

SEED = 11
NOW_MS = 2_000_000_000_000
DOMAINS = (QUEUE_DOMAIN, AGENT_DOMAIN)


@pytest.fixture
def journal() -> MemoryJournal:
    """What a seeded world has left."""
    world = World(Trial(SEED), CALM)
    with quiet():
        run_virtual(world.live())
    return world._store


def keys_of(journal: MemoryJournal, kind: Kind) -> list[tuple[Kind, int]]:
    return [key for key in journal.kept if key[0] is kind]


def saved_by_other_code(journal: MemoryJournal, kind: Kind, version: int = 0) -> None:
    """The snapshots are of another form, and would lead astray: nobody is in them."""
    for key in keys_of(journal, kind):
        for tenant_id, snapshot in journal.kept[key].items():
            stored = msgspec.msgpack.decode(snapshot.payload) | {"version": version}
            stored |= {name: () for name in ("calls", "agents", "tallies") if name in stored}
            journal.kept[key][tenant_id] = replace(snapshot, payload=msgspec.msgpack.encode(stored))


def states(journal: MemoryJournal, domain: Domain) -> dict[str, bytes]:
    """Every tenant's state as a new owner recovers it."""
    found: dict[str, bytes] = {}
    with quiet():
        for key in keys_of(journal, domain.kind):
            head = journal.head_of[key]
            partition = Partition(domain, Claim(head.partition, head.epoch, head.position))
            run_virtual(partition.recover(journal))
            found |= {tenant_id: domain.dump(one) for tenant_id, one in partition.aggregates.items()}
    return found


def pictures(journal: MemoryJournal) -> dict[str, object]:
    """Every tenant's live picture as a new supervisor recovers it."""
    found: dict[str, object] = {}
    with quiet():
        for key in keys_of(journal, Kind.SUPERVISOR):
            head = journal.head_of[key]
            partition = PartitionPictures(Claim(head.partition, head.epoch, head.position))
            run_virtual(partition.recover(journal, NOW_MS))
            found |= {name: content(dump(one, 0, 0)) for name, one in partition.pictures.items()}
    return found


@pytest.mark.parametrize("version", [0, 999])
@pytest.mark.parametrize("domain", DOMAINS, ids=lambda domain: domain.kind.value)
def test_snapshots_of_another_form_then_the_owner_replays_all(
    journal: MemoryJournal, domain: Domain, version: int
) -> None:
    expected = states(journal, domain)
    saved_by_other_code(journal, domain.kind, version)
    assert states(journal, domain) == expected


@pytest.mark.parametrize("domain", DOMAINS, ids=lambda domain: domain.kind.value)
def test_snapshots_cannot_be_read_then_the_owner_replays_all(journal: MemoryJournal, domain: Domain) -> None:
    expected = states(journal, domain)
    for key in keys_of(journal, domain.kind):
        for tenant_id, snapshot in journal.kept[key].items():
            journal.kept[key][tenant_id] = replace(snapshot, payload=b"\xc1")
    assert states(journal, domain) == expected


def test_pictures_of_another_form_then_the_supervisor_follows_from_the_first_facts(journal: MemoryJournal) -> None:
    expected = pictures(journal)
    saved_by_other_code(journal, Kind.SUPERVISOR)
    assert pictures(journal) == expected


def test_another_form_and_no_beginning_then_the_snapshot_is_all_there_is(journal: MemoryJournal) -> None:
    expected = states(journal, QUEUE_DOMAIN)
    kept = [one for key in keys_of(journal, Kind.QUEUE) for one in journal.kept[key].values()]
    for snapshot in kept:
        stored = msgspec.msgpack.decode(snapshot.payload)
        del stored["version"]
        tenants = journal.kept[Kind.QUEUE, snapshot.partition]
        tenants[snapshot.tenant_id] = replace(snapshot, payload=msgspec.msgpack.encode(stored))
    shortened: Any = Shortened(journal, Kind.QUEUE, min(one.position for one in kept))
    with quiet():
        for key in keys_of(journal, Kind.QUEUE):
            head = journal.head_of[key]
            partition = Partition(QUEUE_DOMAIN, Claim(head.partition, head.epoch, head.position))
            run_virtual(partition.recover(shortened))
            for tenant_id, board in partition.aggregates.items():
                assert QUEUE_DOMAIN.dump(board) == expected[tenant_id]
