"""Notes of calls in memory, beside the vault in memory."""

from persistence.errors import NotFoundError
from persistence.memory.vault import MemoryVault
from persistence.notes import SealedNote


class MemoryNotes:
    """Implements `persistence.notes.Notes`. A note whose subject is gone from the vault is gone."""

    def __init__(self, vault: MemoryVault) -> None:
        self._vault = vault
        self.rows: dict[tuple[str, str], SealedNote] = {}

    async def read(self, tenant_id: str, call_id: str) -> SealedNote | None:
        note = self.rows.get((tenant_id, call_id))
        return note if note is not None and (tenant_id, note.subject_id) in self._vault.rows else None

    async def write(self, tenant_id: str, note: SealedNote) -> bool:
        if (tenant_id, note.subject_id) not in self._vault.rows:
            raise NotFoundError
        known = await self.read(tenant_id, note.call_id)
        if (known.version if known is not None else 0) != note.version - 1:
            return False
        if known is not None and known.subject_id != note.subject_id:
            return False
        self.rows[tenant_id, note.call_id] = note
        return True
