"""Where a recovery begins: at the newest snapshots, where their form is today's, else at the journal's first entry."""

from collections.abc import Sequence

import msgspec
import structlog

from engine.forms import version_of
from persistence.journal import Journal, Kind, Snapshot

_log = structlog.get_logger(part="recovery")


def form_of(snapshot: Snapshot) -> int | None:
    """The version of the form in which a snapshot was saved; None for what cannot be read at all."""
    try:
        return version_of(snapshot.payload)
    except msgspec.MsgspecError:
        return None


async def begins_with_first(journal: Journal, kind: Kind, partition: int) -> bool:
    """Whether a replay misses nothing: the first entry is there, or none was ever written. Raises `StoreError`."""
    positions = {head.partition: head.position for head in await journal.heads(kind)}
    if not positions.get(partition):
        return True
    return bool([page async for page in journal.read(kind, partition, 0, up_to=1)])


async def trusted_snapshots(
    journal: Journal, kind: Kind, partition: int, form: int, replayed: Sequence[Kind]
) -> list[Snapshot]:
    """A partition's newest snapshots, or none where one is of another form: they are taken together and go together.

    `replayed` names the streams that a recovery without snapshots reads. Where retention has dropped the beginning of
    one of them, snapshots of another form are all there is, and are trusted. Raises `StoreError`.
    """
    snapshots = await journal.snapshots(kind, partition)
    if all(form_of(snapshot) == form for snapshot in snapshots):
        return snapshots
    if all([await begins_with_first(journal, of, partition) for of in replayed]):
        _log.info("snapshots of another form, replaying all", of=kind.value, partition=partition)
        return []
    _log.warning("snapshots of another form and no beginning to replay", of=kind.value, partition=partition)
    return snapshots
