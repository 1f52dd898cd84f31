import msgspec
import pytest

from persistence.accounts import Account
from persistence.errors import ConflictError, NotFoundError
from persistence.sessions import Session
from tests.contract.conftest import Stores

ADA = Account("ash", "u-1", "ada", "hash-1", "supervisor", None, "Ada", active=True)
BEN = Account("ash", "u-2", "ben", "hash-2", "agent", "a-2", "Ben", active=True)
TOKENS = [bytes([number]) * 32 for number in range(4)]


@pytest.fixture(autouse=True)
async def _signed_in(stores: Stores) -> None:
    """Ada twice, Ben once, each until 2,000 ms or later."""
    await stores.accounts.create(ADA)
    await stores.accounts.create(BEN)
    await stores.sessions.create("ash", "u-1", TOKENS[0], 1_000, 2_000)
    await stores.sessions.create("ash", "u-1", TOKENS[1], 1_000, 3_000)
    await stores.sessions.create("ash", "u-2", TOKENS[2], 1_000, 3_000)


async def test_session_is_found_with_its_account(stores: Stores) -> None:
    assert await stores.sessions.find("ash", TOKENS[0], 1_999) == Session(ADA, 1_000, 2_000)


async def test_session_shows_the_account_as_it_is_now(stores: Stores) -> None:
    await stores.accounts.set_password_hash("ash", "u-1", "hash-9")
    found = await stores.sessions.find("ash", TOKENS[0], 1_500)
    assert found is not None
    assert found.account == msgspec.structs.replace(ADA, password_hash="hash-9")


async def test_session_ends_at_its_expiry(stores: Stores) -> None:
    assert await stores.sessions.find("ash", TOKENS[0], 2_000) is None


async def test_session_of_an_inactive_account_is_none(stores: Stores) -> None:
    await stores.accounts.set_active("ash", "u-1", active=False)
    assert await stores.sessions.find("ash", TOKENS[0], 1_500) is None


async def test_session_is_unknown_to_another_tenant(stores: Stores) -> None:
    assert await stores.sessions.find("birch", TOKENS[0], 1_500) is None
    assert not await stores.sessions.revoke("birch", TOKENS[0])
    assert await stores.sessions.revoke_all_for_user("birch", "u-1") == 0
    assert await stores.sessions.purge_expired("birch", 9_999) == 0
    assert await stores.sessions.find("ash", TOKENS[0], 1_500) is not None


async def test_session_for_an_unknown_user_is_refused(stores: Stores) -> None:
    with pytest.raises(NotFoundError):
        await stores.sessions.create("birch", "u-1", TOKENS[3], 1_000, 2_000)


async def test_token_that_is_taken_is_refused(stores: Stores) -> None:
    with pytest.raises(ConflictError):
        await stores.sessions.create("ash", "u-2", TOKENS[0], 1_000, 2_000)


async def test_revoked_session_is_gone_and_the_others_stay(stores: Stores) -> None:
    assert await stores.sessions.revoke("ash", TOKENS[0])
    assert not await stores.sessions.revoke("ash", TOKENS[0])
    assert await stores.sessions.find("ash", TOKENS[0], 1_500) is None
    assert await stores.sessions.find("ash", TOKENS[1], 1_500) is not None


async def test_revoking_a_users_sessions_ends_all_of_them_and_nobody_elses(stores: Stores) -> None:
    assert await stores.sessions.revoke_all_for_user("ash", "u-1") == 2
    assert await stores.sessions.find("ash", TOKENS[1], 1_500) is None
    assert await stores.sessions.find("ash", TOKENS[2], 1_500) is not None


async def test_purge_deletes_what_has_expired(stores: Stores) -> None:
    assert await stores.sessions.purge_expired("ash", 2_000) == 1
    assert await stores.sessions.purge_expired("ash", 2_000) == 0
    assert await stores.sessions.find("ash", TOKENS[1], 2_500) is not None
