"""Who the callers are: found by number, sealed by a key of their own, gone when erased."""

import asyncio
from collections.abc import Sequence
from typing import Self

import pytest

from persistence.memory.vault import MemoryVault
from persistence.vault import NewSubject, SealedSubject
from tests.unit.web.fake_shared import FakeShared
from tests.unit.web.stand import Stand
from web.client import ClientError
from web.errors import DoorError
from web.vault import Person, Seal, SubjectVault, normalised

VAULT_KEY, HASH_KEY = b"v" * 32, b"h" * 32
MARIA = Person("+4312345678", "Maria Petrova")


class CountingVault(MemoryVault):
    """Remembers the size of each batch."""

    def __init__(self) -> None:
        super().__init__()
        self.resolved: list[int] = []
        self.read_sizes: list[int] = []
        self.has_read = asyncio.Event()

    async def resolve(self, tenant_id: str, callers: Sequence[NewSubject]) -> list[str]:
        self.resolved.append(len(callers))
        await asyncio.sleep(0)
        return await super().resolve(tenant_id, callers)

    async def read(self, tenant_id: str, subject_ids: Sequence[str]) -> list[SealedSubject]:
        self.read_sizes.append(len(subject_ids))
        found = await super().read(tenant_id, subject_ids)
        self.has_read.set()
        for _ in range(3):
            await asyncio.sleep(0)
        return found


class Works:
    """A subject vault whose batches run."""

    def __init__(self) -> None:
        self.store, self.shared = CountingVault(), FakeShared()
        self.vault = SubjectVault(self.store, Seal(VAULT_KEY, HASH_KEY), self.shared)

    async def __aenter__(self) -> Self:
        works = (self.vault.run_resolving(), self.vault.run_reading())
        self._tasks = [asyncio.ensure_future(work) for work in works]
        return self

    async def __aexit__(self, *_: object) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)


@pytest.mark.parametrize("written", ["+43 1 2345678", "+43-1-234 56 78", "+43 (1) 2345678", "tel:+4312345678"])
def test_number_however_it_is_written_then_the_same(written: str) -> None:
    assert normalised(written) == "+4312345678"


def test_number_without_its_country_then_refused_without_repeating_it() -> None:
    with pytest.raises(DoorError) as caught:
        normalised("01 2345678")
    assert "2345678" not in caught.value.message.replace("+43 1 2345678", "")


def test_sealed_then_nothing_of_the_person_is_in_it_and_only_the_right_keys_open_it() -> None:
    seal = Seal(VAULT_KEY, HASH_KEY)
    stored = seal.new_subject("ash", MARIA)
    sealed = SealedSubject(stored.subject_id, stored.ciphertext, stored.key_wrapped)
    assert seal.open("ash", sealed) == MARIA
    row = b"".join((stored.lookup_hash, stored.last4_hash, stored.ciphertext, stored.key_wrapped))
    assert b"Maria" not in row
    assert b"2345678" not in row
    assert Seal(b"x" * 32, HASH_KEY).open("ash", sealed) is None
    assert seal.open("birch", sealed) is None
    assert seal.open("ash", SealedSubject("another", stored.ciphertext, stored.key_wrapped)) is None
    assert (
        seal.open("ash", SealedSubject(stored.subject_id, b"\x02" + stored.ciphertext[1:], stored.key_wrapped)) is None
    )


def test_hashes_then_the_same_number_is_another_in_another_clinic_and_with_another_key() -> None:
    here = Seal(VAULT_KEY, HASH_KEY).new_subject("ash", MARIA)
    again = Seal(VAULT_KEY, HASH_KEY).new_subject("ash", Person(MARIA.number, "M."))
    there = Seal(VAULT_KEY, HASH_KEY).new_subject("birch", MARIA)
    elsewhere = Seal(VAULT_KEY, b"x" * 32).new_subject("ash", MARIA)
    assert here.lookup_hash == again.lookup_hash
    assert len({one.lookup_hash for one in (here, there, elsewhere)}) == 3
    assert len({one.last4_hash for one in (here, there, elsewhere)}) == 3


async def test_same_caller_again_then_the_same_subject() -> None:
    async with Works() as works:
        first = await works.vault.resolve("ash", "+43 1 2345678", "Maria Petrova")
        assert await works.vault.resolve("ash", "+4312345678", "somebody else") == first
        assert await works.vault.resolve("birch", "+43 1 2345678", "Maria Petrova") != first
        assert await works.vault.names("ash", [first, "nobody"]) == {first: MARIA}


async def test_many_callers_at_once_then_they_are_looked_up_together() -> None:
    async with Works() as works:
        numbers = [f"+4312345{index:03d}" for index in range(50)]
        ids = await asyncio.gather(*(works.vault.resolve("ash", number, "") for number in numbers))
        assert len(set(ids)) == 50
        assert works.store.resolved == [50]
        names = await works.vault.names("ash", ids)
        assert len(names) == 50
        assert works.store.read_sizes == [50]
        await works.vault.names("ash", ids)
        assert works.store.read_sizes == [50]


async def test_erased_then_gone_from_the_store_and_from_every_cache() -> None:
    async with Works() as works:
        subject_id = await works.vault.resolve("ash", MARIA.number, MARIA.name)
        other = SubjectVault(works.store, Seal(VAULT_KEY, HASH_KEY), works.shared)
        await works.shared.listen("subjects-erased", other.erased_elsewhere)
        other._names.put(("ash", subject_id), MARIA)
        assert await works.vault.names("ash", [subject_id])
        assert await works.vault.erase("ash", subject_id)
        assert await works.vault.names("ash", [subject_id]) == {}
        assert other._names.get(("ash", subject_id)) is None
        assert not await works.vault.erase("ash", subject_id)


async def test_erased_while_being_read_then_not_cached() -> None:
    async with Works() as works:
        subject_id = await works.vault.resolve("ash", MARIA.number, MARIA.name)
        reading = asyncio.ensure_future(works.vault.names("ash", [subject_id]))
        await works.store.has_read.wait()
        await works.vault.erase("ash", subject_id)
        await reading
        assert await works.vault.names("ash", [subject_id]) == {}


async def test_shared_store_away_then_an_erasure_still_happens() -> None:
    async with Works() as works:
        subject_id = await works.vault.resolve("ash", MARIA.number, MARIA.name)
        works.shared.available = False
        assert await works.vault.erase("ash", subject_id)
        assert not works.store.rows


async def test_store_fails_in_a_new_way_then_only_those_who_asked_hear_of_it(monkeypatch: pytest.MonkeyPatch) -> None:
    async def broken(*_: object) -> list[str]:
        raise RuntimeError

    async with Works() as works:
        with monkeypatch.context() as patch:
            patch.setattr(MemoryVault, "resolve", broken)
            with pytest.raises(DoorError, match="internal"):
                await works.vault.resolve("ash", MARIA.number, MARIA.name)
        assert await works.vault.resolve("ash", MARIA.number, MARIA.name)


async def test_calls_then_supervisors_see_who_calls_and_erased_callers_have_no_name(clinic: Stand) -> None:
    admin, supervisor = await clinic.client("admin"), await clinic.client("supervisor")
    await admin.enqueue("q1", call_id="c1", caller={"number": "+43 1 2345678", "name": "Maria Petrova"})
    (call,) = await supervisor.calls()
    assert call["caller"] == {"number": "+4312345678", "name": "Maria Petrova"}
    subject_id = call["subject_id"]
    callers = await supervisor.request("GET", "/callers", query={"ids": f"{subject_id},nobody"})
    assert list(callers["callers"]) == [subject_id]
    await admin.request("DELETE", f"/callers/{subject_id}")
    (call,) = await supervisor.calls()
    assert (call["subject_id"], call["caller"]) == (subject_id, None)


async def test_more_callers_than_may_be_asked_for_then_422(stand: Stand) -> None:
    with pytest.raises(ClientError) as caught:
        await (await stand.client("admin")).request("GET", "/callers", query={"ids": ",".join("s" * 101)})
    assert (caught.value.status, caught.value.field) == (422, "ids")


async def test_call_then_nothing_personal_leaves_the_vault(clinic: Stand) -> None:
    admin = await clinic.client("admin")
    await admin.enqueue("q1", call_id="c1", caller={"number": "+43 1 2345678", "name": "Maria Petrova"})
    page = clinic.gateway.metrics.page().decode()
    told = [str(clinic.house.commands), page, str(clinic.shared.values), str(clinic.shared.published)]
    assert not any("Maria" in text or "2345678" in text for text in told)
