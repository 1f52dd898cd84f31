"""Notes of calls: one for each call, about its caller. It stores what it is given and can read none of it.

The text is encrypted above with the subject's own key, so that whoever erases the subject erases every note of them.
"""

from typing import Protocol

import msgspec


class SealedNote(msgspec.Struct, frozen=True):
    """A note as it is stored. `version` counts its writings from 1; `written_by` is a user's id."""

    call_id: str
    subject_id: str
    ciphertext: bytes
    version: int
    written_by: str
    written_at_ms: int


class Notes(Protocol):
    """Every method may raise `StoreUnavailableError`."""

    async def read(self, tenant_id: str, call_id: str) -> SealedNote | None:
        """The note of a call; None if there is none, or if its subject has been erased."""

    async def write(self, tenant_id: str, note: SealedNote) -> bool:
        """Write a note, or write it anew; False if the stored version (0: none) is not the one before `note.version`.

        Raises `NotFoundError` if there is no such subject.
        """
