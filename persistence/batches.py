"""What a well-formed append looks like, checked the same way before every store.

A batch that breaks these rules is a mistake of the caller, so it is a `ValueError` and not a `StoreError`.
"""

from collections.abc import Sequence

from persistence.journal import Claim, Entry, Snapshot


def last_positions(claims: Sequence[Claim], entries: Sequence[Entry]) -> dict[int, int]:
    """Where the stream of each claimed partition ends once `entries` are appended."""
    last = {claim.partition: claim.position for claim in claims}
    if len(last) != len(claims):
        raise ValueError("An append claims a partition twice: give each partition once.")
    for entry in entries:
        position = last.get(entry.partition)
        if position is None:
            raise ValueError(f"An entry is for partition {entry.partition}, which the append does not claim.")
        if entry.position != position + 1:
            raise ValueError(
                f"Partition {entry.partition} continues at {position + 1}, an entry says {entry.position}."
            )
        last[entry.partition] = entry.position
    return last


def check_snapshots(claim: Claim, snapshots: Sequence[Snapshot]) -> None:
    """Refuse snapshots of another partition than the claimed one, and two of the same tenant."""
    if any(snapshot.partition != claim.partition for snapshot in snapshots):
        raise ValueError(f"A snapshot is of another partition than the claimed one, {claim.partition}.")
    if len({snapshot.tenant_id for snapshot in snapshots}) != len(snapshots):
        raise ValueError("Two snapshots are of the same tenant: give each tenant once.")
