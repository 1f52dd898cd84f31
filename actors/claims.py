"""Claiming partitions: once at the start, whoever holds them; afterwards only what is our own.

The address names one incarnation of a process. A head that carries it is this incarnation's own doing, whatever its
epoch: even a claim whose answer was lost and that took effect late, and so fenced ourselves. A head that carries
another address belongs to someone else and is never claimed back.
"""

import asyncio
from collections.abc import Collection

from persistence.errors import CommitUnknownError
from persistence.journal import Claim, Journal, Kind

LOSS_SURVIVED_S = 5.0
"""How long a process that has lost a partition goes on with its others."""


class Losses:
    """Whether a process still holds all that it was started for.

    Who took a partition may be its rightful owner, or dead: a claim can take effect after the process that made it was
    replaced. From here that looks the same. So whoever has lost one ends soon: if it is still wanted, it is started
    again and takes all that it should own; if it was a leftover, it is gone.
    """

    def __init__(self) -> None:
        self._since_s: float | None = None

    def note(self) -> None:
        """A partition belongs to someone else now."""
        if self._since_s is None:
            self._since_s = asyncio.get_running_loop().time()

    @property
    def are_final(self) -> bool:
        """Whether it is time to end."""
        return self._since_s is not None and asyncio.get_running_loop().time() - self._since_s >= LOSS_SURVIVED_S


async def take(journal: Journal, kind: Kind, numbers: Collection[int], address: str) -> list[Claim]:
    """Claim partitions for a new incarnation."""
    return await journal.claim(kind, sorted(numbers), address)


async def retake(journal: Journal, kind: Kind, numbers: Collection[int], address: str) -> list[Claim]:
    """Take up again those partitions that are still our own, by compare-and-set from their epochs.

    Raising the epoch fences our own append whose outcome is unknown: it has happened by now, or never will. Raises
    `CommitUnknownError` if a head moved in between, which a late claim of our own or a successor can do: look again.
    """
    ours = [
        Claim(head.partition, head.epoch, head.position)
        for head in await journal.heads(kind)
        if head.partition in numbers and head.address == address
    ]
    claims = await journal.reclaim(kind, ours, address)
    if len(claims) < len(ours):
        raise CommitUnknownError
    return claims
