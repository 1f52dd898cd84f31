import msgspec
import pytest

from persistence.accounts import Account
from persistence.errors import ConflictError, NotFoundError, StoreError
from tests.contract.conftest import Stores

ADA = Account("ash", "u-1", "ada@ash.example", "hash-1", "administrator", None, "Ada", active=True)
BEN = Account("ash", "u-2", "ben@ash.example", "hash-2", "agent", "a-2", "Ben", active=True)


@pytest.fixture(autouse=True)
async def _two_accounts(stores: Stores) -> None:
    await stores.accounts.create(BEN)
    await stores.accounts.create(ADA)


async def test_created_accounts_are_found_by_id_and_listed_by_login(stores: Stores) -> None:
    assert await stores.accounts.get("ash", "u-2") == BEN
    assert await stores.accounts.list("ash") == [ADA, BEN]
    assert await stores.accounts.count("ash") == 2


@pytest.mark.parametrize("login", ["ada@ash.example", "ADA@Ash.example", " ada@ash.example "])
async def test_login_is_found_whatever_its_capitals_and_spaces(stores: Stores, login: str) -> None:
    assert await stores.accounts.find_by_login("ash", login) == ADA


async def test_login_is_stored_in_lower_case(stores: Stores) -> None:
    await stores.accounts.create(msgspec.structs.replace(ADA, user_id="u-3", login=" CARA@ash.example"))
    found = await stores.accounts.get("ash", "u-3")
    assert found is not None
    assert found.login == "cara@ash.example"


async def test_account_of_another_tenant_is_not_seen(stores: Stores) -> None:
    assert await stores.accounts.find_by_login("birch", ADA.login) is None
    assert await stores.accounts.get("birch", "u-1") is None
    assert await stores.accounts.list("birch") == []
    assert await stores.accounts.count("birch") == 0


async def test_same_login_and_ids_may_exist_in_another_tenant(stores: Stores) -> None:
    twin = msgspec.structs.replace(BEN, tenant_id="birch")
    await stores.accounts.create(twin)
    assert await stores.accounts.list("birch") == [twin]


@pytest.mark.parametrize(
    "changes",
    [{"user_id": "u-1"}, {"login": "Ada@ash.example"}, {"agent_id": "a-2"}],
    ids=["user-id", "login", "agent"],
)
async def test_account_with_something_taken_is_refused(stores: Stores, changes: dict[str, str]) -> None:
    fresh = Account("ash", "u-9", "new@ash.example", "hash", "agent", "a-9", "New", active=True)
    with pytest.raises(ConflictError):
        await stores.accounts.create(msgspec.structs.replace(fresh, **changes))
    assert await stores.accounts.count("ash") == 2


async def test_changed_password_hash_and_activity_are_kept(stores: Stores) -> None:
    await stores.accounts.set_password_hash("ash", "u-1", "hash-9")
    await stores.accounts.set_active("ash", "u-1", active=False)
    expected = msgspec.structs.replace(ADA, password_hash="hash-9", active=False)
    assert await stores.accounts.list("ash") == [expected, BEN]


async def test_change_of_an_account_of_another_tenant_is_refused(stores: Stores) -> None:
    with pytest.raises(NotFoundError):
        await stores.accounts.set_password_hash("birch", "u-1", "hash-9")
    with pytest.raises(NotFoundError):
        await stores.accounts.set_active("birch", "u-1", active=False)
    assert await stores.accounts.get("ash", "u-1") == ADA


def test_printed_account_tells_neither_person_nor_password() -> None:
    assert repr(ADA) == "Account(tenant_id='ash', user_id='u-1', role='administrator')"


async def test_error_tells_nothing_of_the_row_that_failed(stores: Stores) -> None:
    with pytest.raises(StoreError) as caught:
        await stores.accounts.create(msgspec.structs.replace(ADA, user_id="u-7", login="ben@ash.example"))
    assert "ben@" not in str(caught.value)
    assert caught.value.__suppress_context__ or caught.value.__context__ is None
