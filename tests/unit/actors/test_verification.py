"""A verification over what a seeded world left behind: nothing is found, until something is damaged."""

import re
from collections.abc import Callable
from typing import Any

import msgspec
import pytest
from msgspec.structs import replace

from actors.simulation.faults import CALM
from actors.simulation.loop import run_virtual
from actors.simulation.quiet import quiet
from actors.simulation.trial import Trial
from actors.simulation.world import World
from actors.verification.findings import Report
from actors.verification.verify import verify
from engine.forms import UNNAMED
from engine.livepicture import TenantPicture
from engine.livepicture.stored import dump as dump_picture
from engine.roster import Roster
from engine.roster.snapshot import dump as dump_roster
from persistence.journal import Kind
from persistence.memory.journal import MemoryJournal
from persistence.memory.projections import MemoryProjections
from tests.unit.actors.retention import Shortened

SEED = 11


class Left:
    """A journal and the rows that were made of it."""

    def __init__(self) -> None:
        world = World(Trial(SEED), CALM)
        with quiet():
            run_virtual(world.live())
        self.journal: MemoryJournal = world._store
        self.rows: MemoryProjections = world._rows

    def verified(self) -> Report:
        return run_virtual(verify(self.journal, self.rows, lambda _: None))

    def stream(self, kind: Kind) -> tuple[Kind, int]:
        return next(key for key, entries in self.journal.streams.items() if key[0] is kind and len(entries) > 50)


@pytest.fixture
def left() -> Left:
    return Left()


def an_entry_is_gone(left: Left) -> None:
    del left.journal.streams[left.stream(Kind.QUEUE)][20]


def the_last_entry_is_gone(left: Left) -> None:
    del left.journal.streams[left.stream(Kind.QUEUE)][-1]


def an_entry_is_older(left: Left) -> None:
    entries = left.journal.streams[left.stream(Kind.AGENT)]
    entries[20] = replace(entries[20], at_ms=1)


def an_entry_cannot_be_read(left: Left) -> None:
    entries = left.journal.streams[left.stream(Kind.AGENT)]
    entries[-1] = replace(entries[-1], payload=b"\xc1")


def an_entry_is_of_an_older_epoch(left: Left) -> None:
    key = left.stream(Kind.QUEUE)
    left.journal.claimed[key].insert(1, 5)
    left.journal.epochs[key][10] = 1


def a_snapshot_is_another(left: Left) -> None:
    kept = left.journal.kept
    key = next(key for key in kept if key[0] is Kind.AGENT)
    tenant_id, snapshot = next(iter(kept[key].items()))
    kept[key][tenant_id] = replace(snapshot, payload=dump_roster(Roster(tenant_id)))


def a_snapshot_cannot_be_read(left: Left) -> None:
    kept = left.journal.kept
    key = next(key for key in kept if key[0] is Kind.QUEUE)
    tenant_id, snapshot = next(iter(kept[key].items()))
    kept[key][tenant_id] = replace(snapshot, payload=b"\xc1")


def a_snapshot_is_ahead(left: Left) -> None:
    kept = left.journal.kept
    key = next(key for key in kept if key[0] is Kind.QUEUE)
    tenant_id, snapshot = next(iter(kept[key].items()))
    kept[key][tenant_id] = replace(snapshot, position=left.journal.head_of[key].position + 1)


def a_picture_cannot_be_read(left: Left) -> None:
    kept = left.journal.kept
    key = next(key for key in kept if key[0] is Kind.SUPERVISOR)
    tenant_id, snapshot = next(iter(kept[key].items()))
    kept[key][tenant_id] = replace(snapshot, payload=b"\xc1")


def a_picture_is_another(left: Left) -> None:
    kept = left.journal.kept
    key = next(key for key in kept if key[0] is Kind.SUPERVISOR)
    tenant_id, snapshot = next(iter(kept[key].items()))
    kept[key][tenant_id] = replace(snapshot, payload=dump_picture(TenantPicture(tenant_id), 0, 9))


def a_row_is_another(left: Left) -> None:
    key, row = next(iter(left.rows.calls.items()))
    left.rows.calls[key] = replace(row, wait_ms=row.wait_ms + 1)


def a_row_is_gone(left: Left) -> None:
    del left.rows.wrap_ups[next(iter(left.rows.wrap_ups))]


def a_row_is_made_up(left: Left) -> None:
    (tenant_id, _), row = next(iter(left.rows.calls.items()))
    left.rows.calls[tenant_id, "nobody"] = replace(row, call_id="nobody")


def test_nothing_is_damaged_then_nothing_is_found_and_everything_was_looked_at(left: Left) -> None:
    report = left.verified()
    assert report.findings == []
    assert report.entries == sum(len(left.journal.streams[key]) for key in left.journal.streams if key[0] in OWNERS)
    assert report.rows == len(left.rows.calls) + len(left.rows.wrap_ups)
    assert report.snapshots > 0


OWNERS = {Kind.QUEUE, Kind.AGENT}


@pytest.mark.parametrize(
    ("damage", "code"),
    [
        (an_entry_is_gone, "gap"),
        (the_last_entry_is_gone, "head_differs"),
        (an_entry_is_older, "time_ran_back"),
        (an_entry_cannot_be_read, "not_applicable"),
        (an_entry_is_of_an_older_epoch, "stale_write"),
        (a_snapshot_is_another, "snapshot_differs"),
        (a_snapshot_cannot_be_read, "snapshot_unreadable"),
        (a_snapshot_is_ahead, "snapshot_ahead"),
        (a_picture_is_another, "picture_differs"),
        (a_picture_cannot_be_read, "snapshot_unreadable"),
        (a_row_is_another, "row_differs"),
        (a_row_is_gone, "row_missing"),
        (a_row_is_made_up, "row_without_event"),
    ],
)
def test_something_is_damaged_then_it_is_named(left: Left, damage: Callable[[Left], None], code: str) -> None:
    damage(left)
    report = left.verified()
    assert code in {finding.code for finding in report.findings}
    assert report.found >= len(report.findings) > 0


def test_snapshot_lacks_an_agent_then_the_agent_is_named(left: Left) -> None:
    a_snapshot_is_another(left)
    (finding,) = (one for one in left.verified().findings if one.code == "snapshot_differs")
    assert re.search(r"agents\[\w+-a\d+\]", finding.sentence)


def test_row_differs_then_the_column_is_named(left: Left) -> None:
    a_row_is_another(left)
    (finding,) = (one for one in left.verified().findings if one.code == "row_differs")
    assert finding.sentence.endswith("is not what its event says: wait_ms.")


def test_snapshots_of_another_form_then_they_are_counted_and_not_called_broken(left: Left) -> None:
    total = left.verified().snapshots
    for tenants in left.journal.kept.values():
        for tenant_id, snapshot in tenants.items():
            stored = msgspec.msgpack.decode(snapshot.payload) | {"version": UNNAMED, "calls": (), "agents": ()}
            tenants[tenant_id] = replace(snapshot, payload=msgspec.msgpack.encode(stored))
    report = left.verified()
    assert (report.findings, report.snapshots, report.other_form) == ([], 0, total)


@pytest.mark.parametrize("kind", [Kind.QUEUE, Kind.AGENT])
def test_beginning_dropped_by_retention_then_the_snapshots_stand_for_it(left: Left, kind: Kind) -> None:
    kept = [one for (of, _), tenants in left.journal.kept.items() if of is kind for one in tenants.values()]
    shortened: Any = Shortened(left.journal, kind, min(one.position for one in kept))
    report = run_virtual(verify(shortened, left.rows, lambda _: None))
    assert (report.shortened > 0, report.findings) == (True, [])
