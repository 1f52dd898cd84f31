"""What agents note of their calls: free text about a person, sealed with that person's key and never kept in clear."""

import msgspec

from persistence.errors import NotFoundError
from persistence.notes import Notes, SealedNote
from persistence.vault import SealedSubject, Vault
from web.errors import DoorError
from web.sessions import now_ms
from web.vault import Seal


class Note(msgspec.Struct, frozen=True):
    """A note in clear. Never printed."""

    text: str
    version: int
    written_by: str
    written_at_ms: int

    def __repr__(self) -> str:
        return f"Note(version={self.version!r})"


class NoteBook:
    """Notes as doors use them. Nothing is cached, so that what was erased is gone at once."""

    def __init__(self, notes: Notes, vault: Vault, seal: Seal) -> None:
        self._notes = notes
        self._vault = vault
        self._seal = seal

    async def read(self, tenant_id: str, call_id: str) -> Note | None:
        """The note of a call; None if there is none, or if it can no longer be read."""
        sealed = await self._notes.read(tenant_id, call_id)
        subject = await self._subject(tenant_id, sealed.subject_id) if sealed is not None else None
        if sealed is None or subject is None:
            return None
        text = self._seal.open_note(tenant_id, subject, call_id, sealed.ciphertext)
        return Note(text, sealed.version, sealed.written_by, sealed.written_at_ms) if text is not None else None

    async def write(self, tenant_id: str, call_id: str, subject_id: str, text: str, *, version: int, by: str) -> Note:
        """Note something in place of the note of this version (0: none).

        Raises `DoorError`: somebody else was faster, or the caller is not known. Safe to repeat.
        """
        subject = await self._subject(tenant_id, subject_id)
        sealed = self._seal.seal_note(tenant_id, subject, call_id, text) if subject is not None else None
        if sealed is None:
            raise DoorError("no_caller")
        note = Note(text, version + 1, by, now_ms())
        row = SealedNote(call_id, subject_id, sealed, note.version, note.written_by, note.written_at_ms)
        try:
            if await self._notes.write(tenant_id, row):
                return note
        except NotFoundError:
            raise DoorError("no_caller") from None
        stored = await self.read(tenant_id, call_id)
        if stored is not None and (stored.text, stored.version, stored.written_by) == (text, note.version, by):
            return stored  # the answer to the first attempt was lost
        raise DoorError("note_changed")

    async def _subject(self, tenant_id: str, subject_id: str) -> SealedSubject | None:
        found = await self._vault.read(tenant_id, [subject_id])
        return found[0] if found else None
