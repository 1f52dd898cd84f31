import asyncio

import pytest

from persistence.errors import ConflictError
from persistence.vault import NewSubject, SealedSubject
from tests.contract.conftest import Stores


def caller(number: int, *, subject_id: str | None = None, last4: int = 7) -> NewSubject:
    """The caller with this telephone number, as a gateway would propose them."""
    return NewSubject(
        subject_id or f"s-{number}",
        number.to_bytes(32, "big"),
        last4.to_bytes(32, "big"),
        b"sealed-%d" % number,
        b"key-%d" % number,
    )


def sealed(number: int) -> SealedSubject:
    return SealedSubject(f"s-{number}", b"sealed-%d" % number, b"key-%d" % number)


async def test_new_callers_get_the_proposed_ids_and_can_be_read(stores: Stores) -> None:
    assert await stores.vault.resolve("ash", [caller(2), caller(1)]) == ["s-2", "s-1"]
    assert await stores.vault.read("ash", ["s-2", "s-1", "s-3"]) == [sealed(1), sealed(2)]


async def test_known_caller_keeps_the_first_id_and_value(stores: Stores) -> None:
    await stores.vault.resolve("ash", [caller(1)])
    answer = await stores.vault.resolve("ash", [caller(3), caller(1, subject_id="s-other"), caller(2)])
    assert answer == ["s-3", "s-1", "s-2"]
    assert await stores.vault.read("ash", ["s-other"]) == []


async def test_same_new_caller_twice_in_a_batch_is_one_subject(stores: Stores) -> None:
    assert await stores.vault.resolve("ash", [caller(1), caller(1, subject_id="s-other")]) == ["s-1", "s-1"]


async def test_nobody_resolves_to_nobody(stores: Stores) -> None:
    assert await stores.vault.resolve("ash", []) == []


async def test_same_number_in_two_tenants_is_two_subjects(stores: Stores) -> None:
    await stores.vault.resolve("ash", [caller(1)])
    assert await stores.vault.resolve("birch", [caller(1, subject_id="b-1")]) == ["b-1"]
    assert await stores.vault.read("birch", ["s-1"]) == []
    assert await stores.vault.find_by_last4("birch", caller(1).last4_hash, limit=9) == [
        SealedSubject("b-1", b"sealed-1", b"key-1")
    ]


async def test_proposed_id_of_another_subject_is_refused_and_nobody_is_written(stores: Stores) -> None:
    await stores.vault.resolve("ash", [caller(1)])
    with pytest.raises(ConflictError):
        await stores.vault.resolve("ash", [caller(3), caller(2, subject_id="s-1")])
    with pytest.raises(ConflictError):
        await stores.vault.resolve("ash", [caller(3), caller(2, subject_id="s-3")])
    assert await stores.vault.read("ash", ["s-3"]) == []


async def test_the_same_callers_resolved_at_once_are_one_subject_each(stores: Stores) -> None:
    async def resolve(turn: int) -> list[str]:
        callers = [caller(number, subject_id=f"s-{number}-{turn}") for number in range(8)]
        return await stores.vault.resolve("ash", callers if turn % 2 else callers[::-1])

    answers = await asyncio.gather(*(resolve(turn) for turn in range(8)))
    assert {tuple(sorted(answer)) for answer in answers} == {tuple(sorted(answers[0]))}


async def test_last_four_digits_find_the_newest_first_up_to_a_limit(stores: Stores) -> None:
    for number in (1, 2, 3):
        await stores.vault.resolve("ash", [caller(number)])
    await stores.vault.resolve("ash", [caller(4, last4=8)])
    assert await stores.vault.find_by_last4("ash", caller(1).last4_hash, limit=2) == [sealed(3), sealed(2)]


async def test_erased_subject_is_gone_and_a_later_call_makes_a_new_one(stores: Stores) -> None:
    await stores.vault.resolve("ash", [caller(1), caller(2)])
    assert await stores.vault.erase("ash", "s-1")
    assert not await stores.vault.erase("ash", "s-1")
    assert await stores.vault.read("ash", ["s-1", "s-2"]) == [sealed(2)]
    assert await stores.vault.resolve("ash", [caller(1, subject_id="s-new")]) == ["s-new"]


async def test_erasing_another_tenants_subject_leaves_it_alone(stores: Stores) -> None:
    await stores.vault.resolve("ash", [caller(1)])
    assert not await stores.vault.erase("birch", "s-1")
    assert await stores.vault.reapply_erasures("birch") == []
    assert await stores.vault.read("ash", ["s-1"]) == [sealed(1)]


async def test_erasure_is_applied_again_to_a_subject_that_came_back(stores: Stores) -> None:
    await stores.vault.resolve("ash", [caller(1), caller(2)])
    await stores.vault.erase("ash", "s-1")
    await stores.vault.resolve("ash", [caller(1)])
    assert await stores.vault.reapply_erasures("ash") == ["s-1"]
    assert await stores.vault.reapply_erasures("ash") == []
    assert await stores.vault.read("ash", ["s-1", "s-2"]) == [sealed(2)]
