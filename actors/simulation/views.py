"""What must be true of everything that is made from the journals, once a world has healed: pictures and rows."""

from collections.abc import Sequence

from actors.simulation.onlookers import Broadcast
from actors.simulation.processes import Process
from actors.simulation.rows import WrittenRows
from engine import events as e
from engine.livepicture import LivePicture, TenantPicture
from persistence.journal import Entry, Kind, partition_of
from persistence.memory.journal import MemoryJournal


def view_faults(
    processes: Sequence[Process], broadcast: Broadcast, rows: WrittenRows, store: MemoryJournal
) -> list[str]:
    """Every picture that is not what the journals say, every row that is missing or was written twice."""
    supervisors = [process for process in processes if process.kind is Kind.SUPERVISOR]
    return [
        *(
            fault
            for tenant_id in broadcast.onlookers
            for process in supervisors
            if partition_of(tenant_id) in process.numbers
            for fault in _picture_faults(process, broadcast, tenant_id, store)
        ),
        *(fault for tenant_id in broadcast.onlookers for fault in _row_faults(tenant_id, rows, store)),
    ]


def _picture_faults(process: Process, broadcast: Broadcast, tenant_id: str, store: MemoryJournal) -> list[str]:
    number = partition_of(tenant_id)
    partition = process.supervisor.partitions.get(number) if process.supervisor is not None else None
    if partition is None:
        return [f"nobody keeps the picture of {tenant_id}"]
    for follower in partition.followers:
        if follower.position != store.head_of[follower.kind, number].position:
            return [f"the picture of {tenant_id} is behind its {follower.kind.value} stream"]
    live, seen = partition.pictures.get(tenant_id), broadcast.onlookers[tenant_id].picture
    if live is None or seen is None:
        return [f"the picture of {tenant_id} is missing"]
    shown = live.whole(partition.claim.epoch)
    if tenant_id in partition.changed or seen.position != shown.position:
        return [f"the picture of {tenant_id} is not told yet"]
    faults = []
    if seen != shown:
        faults.append(f"{tenant_id}: deltas applied to a snapshot are not a fresh snapshot")
    if _content(shown) != _content(replayed(tenant_id, store)):
        faults.append(f"{tenant_id}: the picture is not the one that the whole journal gives")
    return faults


def replayed(tenant_id: str, store: MemoryJournal) -> LivePicture:
    """The picture from the first entries on: first one stream, then the other."""
    picture = TenantPicture(tenant_id)
    for entry in _entries(Kind.AGENT, tenant_id, store):
        picture.agent_fact(e.decode_fact(entry.payload), entry.position)
    for entry in _entries(Kind.QUEUE, tenant_id, store):
        picture.queue_fact(e.decode_fact(entry.payload), entry.position)
    picture.paint(0, 0)
    return picture.whole(0)


def _row_faults(tenant_id: str, rows: WrittenRows, store: MemoryJournal) -> list[str]:
    expected = {_id(entry) for entry in _entries(Kind.QUEUE, tenant_id, store) if entry.type == "call_ended"}
    expected |= {_id(entry) for entry in _entries(Kind.AGENT, tenant_id, store) if entry.type == "wrap_up_completed"}
    written = {key: times for (owner, key), times in rows.times.items() if owner == tenant_id}
    faults = [f"the row of {key} was written {times} times" for key, times in written.items() if times > 1]
    if written.keys() != expected:
        faults.append(f"{tenant_id}: rows of {sorted(expected ^ written.keys())[:3]} differ from the journal")
    return faults


def _id(entry: Entry) -> str:
    event = e.decode_fact(entry.payload).event
    return event.offer_id if isinstance(event, e.WrapUpCompleted) else str(getattr(event, "call_id", ""))


def _entries(kind: Kind, tenant_id: str, store: MemoryJournal) -> list[Entry]:
    return [entry for entry in store.streams.get((kind, partition_of(tenant_id)), []) if entry.tenant_id == tenant_id]


def _content(picture: LivePicture) -> tuple[object, ...]:
    return picture.queues, picture.calls, picture.agents, picture.tallies
