"""The next batch: what has arrived, answers first, tenants in turn, within limits."""

import asyncio

import pytest

from actors.mailbox import BATCH_ITEMS_MAX, COMMANDS_PER_TENANT_MAX, Mailbox
from actors.simulation.loop import run_virtual


def taken(mailbox: Mailbox[str], timeout_s: float | None = 0.0) -> list[str]:
    return run_virtual(mailbox.take(timeout_s))


def test_nothing_arrives_then_nothing_after_the_timeout() -> None:
    async def scene() -> float:
        assert await Mailbox[str]().take(3.0) == []
        return asyncio.get_running_loop().time()

    assert run_virtual(scene()) == pytest.approx(3.0)


def test_item_arrives_while_waiting_then_taken_at_once() -> None:
    async def scene() -> None:
        mailbox: Mailbox[str] = Mailbox()
        asyncio.get_running_loop().call_later(1, mailbox.put, "a")
        assert await mailbox.take(None) == ["a"]
        assert asyncio.get_running_loop().time() == pytest.approx(1.0)
        assert await mailbox.take(0.0) == []

    run_virtual(scene())


def test_answers_and_commands_then_answers_first_and_tenants_in_turn() -> None:
    mailbox: Mailbox[str] = Mailbox()
    for n in range(3):
        mailbox.put_command("ash", f"ash{n}")
    mailbox.put_command("elm", "elm0")
    mailbox.put("answer")
    assert len(mailbox) == 5
    assert taken(mailbox) == ["answer", "ash0", "elm0", "ash1", "ash2"]
    assert len(mailbox) == 0


def test_one_tenant_floods_then_the_other_is_in_the_next_batch_all_the_same() -> None:
    mailbox: Mailbox[str] = Mailbox()
    for n in range(COMMANDS_PER_TENANT_MAX):
        assert mailbox.put_command("ash", f"ash{n}")
    assert not mailbox.put_command("ash", "one too many")
    assert mailbox.put_command("elm", "elm0")
    batch = taken(mailbox)
    assert len(batch) == BATCH_ITEMS_MAX
    assert "elm0" in batch[:2]
    assert mailbox.put_command("ash", "there is room again")


def test_more_than_a_batch_then_the_rest_is_there_without_waiting() -> None:
    mailbox: Mailbox[str] = Mailbox()
    for n in range(BATCH_ITEMS_MAX + 1):
        mailbox.put(f"a{n}")
    assert len(taken(mailbox)) == BATCH_ITEMS_MAX
    assert taken(mailbox) == [f"a{BATCH_ITEMS_MAX}"]


def test_items_are_put_back_then_they_are_next_in_their_order() -> None:
    mailbox: Mailbox[str] = Mailbox()
    mailbox.put("c")
    mailbox.put_back(["a", "b"])
    assert taken(mailbox) == ["a", "b", "c"]
    mailbox.put_back([])
    assert taken(mailbox) == []
