"""Notes of calls: written in order, bound to their subject and their clinic."""

import pytest
from msgspec.structs import replace

from persistence.errors import NotFoundError
from persistence.notes import SealedNote
from persistence.vault import NewSubject
from tests.contract.conftest import Stores

FIRST = SealedNote("c-1", "s-1", b"sealed", 1, "user-1", 1_000)


@pytest.fixture(autouse=True)
async def _callers(stores: Stores) -> None:
    for number in (1, 2):
        caller = NewSubject(f"s-{number}", bytes([number]) * 32, b"4" * 32, b"sealed", b"key")
        for tenant_id in ("ash", "birch"):
            await stores.vault.resolve(tenant_id, [caller])


async def test_nothing_was_noted_then_there_is_no_note(stores: Stores) -> None:
    assert await stores.notes.read("ash", "c-1") is None


async def test_noted_and_noted_anew_then_the_last_is_read(stores: Stores) -> None:
    assert await stores.notes.write("ash", FIRST)
    assert await stores.notes.read("ash", "c-1") == FIRST
    second = replace(FIRST, ciphertext=b"other", version=2, written_by="user-2", written_at_ms=2_000)
    assert await stores.notes.write("ash", second)
    assert await stores.notes.read("ash", "c-1") == second


@pytest.mark.parametrize("version", [1, 3])
async def test_version_that_does_not_follow_then_refused_and_nothing_is_changed(stores: Stores, version: int) -> None:
    await stores.notes.write("ash", FIRST)
    assert not await stores.notes.write("ash", replace(FIRST, ciphertext=b"other", version=version))
    assert await stores.notes.read("ash", "c-1") == FIRST


async def test_first_note_of_a_later_version_then_refused(stores: Stores) -> None:
    assert not await stores.notes.write("ash", replace(FIRST, version=2))
    assert await stores.notes.read("ash", "c-1") is None


async def test_another_subject_in_a_note_that_exists_then_refused(stores: Stores) -> None:
    await stores.notes.write("ash", FIRST)
    assert not await stores.notes.write("ash", replace(FIRST, subject_id="s-2", version=2))


async def test_subject_that_does_not_exist_then_nothing_can_be_noted_of_them(stores: Stores) -> None:
    with pytest.raises(NotFoundError):
        await stores.notes.write("ash", replace(FIRST, subject_id="nobody"))


async def test_subject_is_erased_then_their_notes_are_gone_and_others_are_not(stores: Stores) -> None:
    other = replace(FIRST, call_id="c-2", subject_id="s-2")
    await stores.notes.write("ash", FIRST)
    await stores.notes.write("ash", other)
    await stores.vault.erase("ash", "s-1")
    assert await stores.notes.read("ash", "c-1") is None
    assert await stores.notes.read("ash", "c-2") == other


async def test_same_call_id_in_two_clinics_then_each_has_its_own_note(stores: Stores) -> None:
    theirs = replace(FIRST, ciphertext=b"theirs")
    await stores.notes.write("ash", FIRST)
    assert await stores.notes.read("birch", "c-1") is None
    await stores.notes.write("birch", theirs)
    await stores.vault.erase("birch", "s-1")
    assert await stores.notes.read("ash", "c-1") == FIRST
