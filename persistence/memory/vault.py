"""The vault in memory."""

from collections.abc import Iterable, Sequence

from persistence.errors import ConflictError
from persistence.vault import NewSubject, SealedSubject


class MemoryVault:
    """Implements `persistence.vault.Vault`."""

    def __init__(self) -> None:
        self.rows: dict[tuple[str, str], NewSubject] = {}
        self.ledger: set[tuple[str, str]] = set()

    async def resolve(self, tenant_id: str, callers: Sequence[NewSubject]) -> list[str]:
        known = {row.lookup_hash: row.subject_id for key, row in self.rows.items() if key[0] == tenant_id}
        made: dict[tuple[str, str], NewSubject] = {}
        for caller in callers:
            if caller.lookup_hash not in known:
                key = (tenant_id, caller.subject_id)
                if key in self.rows or key in made:
                    raise ConflictError
                made[key] = caller
                known[caller.lookup_hash] = caller.subject_id
        self.rows |= made
        return [known[caller.lookup_hash] for caller in callers]

    async def read(self, tenant_id: str, subject_ids: Sequence[str]) -> list[SealedSubject]:
        found = (self.rows.get((tenant_id, subject_id)) for subject_id in sorted(set(subject_ids)))
        return _sealed(row for row in found if row is not None)

    async def find_by_last4(self, tenant_id: str, last4_hash: bytes, *, limit: int) -> list[SealedSubject]:
        newest_first = reversed(self.rows.items())
        found = [row for key, row in newest_first if key[0] == tenant_id and row.last4_hash == last4_hash]
        return _sealed(found[:limit])

    async def erase(self, tenant_id: str, subject_id: str) -> bool:
        self.ledger.add((tenant_id, subject_id))
        return self.rows.pop((tenant_id, subject_id), None) is not None

    async def reapply_erasures(self, tenant_id: str) -> list[str]:
        back = sorted(key for key in self.ledger & self.rows.keys() if key[0] == tenant_id)
        for key in back:
            del self.rows[key]
        return [subject_id for _, subject_id in back]


def _sealed(rows: Iterable[NewSubject]) -> list[SealedSubject]:
    return [SealedSubject(row.subject_id, row.ciphertext, row.key_wrapped) for row in rows]
