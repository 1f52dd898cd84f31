"""The vault: who the subjects are. It stores what it is given and can read none of it.

Hashing and encryption happen above. Every value here is opaque: keyed hashes to find a subject by, the ciphertext,
and the subject's own key, wrapped. Whoever erases a subject deletes that key, and the person is gone even from
backups of the data, because keys live in a schema of their own that is backed up apart.
"""

from collections.abc import Sequence
from typing import Protocol

import msgspec


class NewSubject(msgspec.Struct, frozen=True):
    """A caller as they would be stored if they are new; `subject_id` is then theirs."""

    subject_id: str
    lookup_hash: bytes
    """Keyed hash of the normalised telephone number, for this tenant."""
    last4_hash: bytes
    """Keyed hash of its last four digits, for this tenant."""
    ciphertext: bytes
    key_wrapped: bytes


class SealedSubject(msgspec.Struct, frozen=True):
    """What is needed to read a subject, for someone who can unwrap the key."""

    subject_id: str
    ciphertext: bytes
    key_wrapped: bytes


class Vault(Protocol):
    """Every method may raise `StoreUnavailableError`."""

    async def resolve(self, tenant_id: str, callers: Sequence[NewSubject]) -> list[str]:
        """The subject id of each caller, in order: of the known one with this `lookup_hash`, else the proposed.

        Raises `ConflictError` if a proposed id belongs to another subject, known or in this batch.
        """

    async def read(self, tenant_id: str, subject_ids: Sequence[str]) -> list[SealedSubject]:
        """Those of the subjects that exist and have not been erased, by id."""

    async def find_by_last4(self, tenant_id: str, last4_hash: bytes, *, limit: int) -> list[SealedSubject]:
        """At most `limit` subjects whose number ends so, the newest first."""

    async def erase(self, tenant_id: str, subject_id: str) -> bool:
        """Delete the subject and its key for good and note it in the ledger; False if there was no such subject.

        The note is made in either case, so that the erasure also reaches a subject that a restore brings back.
        """

    async def reapply_erasures(self, tenant_id: str) -> list[str]:
        """After a restore: erase again what the ledger says and return the ids that had come back."""
