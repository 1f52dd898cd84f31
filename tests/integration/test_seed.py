"""The demonstration clinic and the first administrator, in a real database."""

from pathlib import Path

import pytest

from persistence.postgres.accounts import PostgresAccounts
from persistence.postgres.pool import open_pool
from persistence.postgres.tenants import PostgresTenants
from persistence.tenants import Tenant
from scripts.cli.admin import create_administrator
from scripts.embedded.postgres import DatabaseUrls
from scripts.errors import OperatorError
from scripts.seed import DemoLogins, mark_complete, read_demo_logins, seed_demo

pytestmark = pytest.mark.integration


def hashed(password: str) -> str:
    return f"hash of {password}"


async def roles_of(app_url: str, tenant_id: str) -> dict[str, str]:
    pool = await open_pool(app_url, connections_max=1)
    try:
        return {account.login: account.role for account in await PostgresAccounts(pool).list(tenant_id)}
    finally:
        await pool.close()


async def test_empty_database_then_a_clinic_whose_people_have_random_passwords(
    database: DatabaseUrls, tmp_path: Path
) -> None:
    demo = await seed_demo(database.app_url, tmp_path, hash_password=hashed)
    assert demo is not None
    assert await roles_of(database.app_url, "demo") == {login.login: login.role for login in demo.logins}
    assert [len(demo.of_role(role)) for role in ("administrator", "supervisor", "agent")] == [1, 1, 4]
    assert len({login.password for login in demo.logins}) == 6
    assert read_demo_logins(tmp_path) == demo
    assert demo.logins[0].password not in repr(demo)


async def test_interrupted_seeding_then_finished_with_the_same_passwords(
    database: DatabaseUrls, tmp_path: Path
) -> None:
    hashes = iter(["h1", "h2"])
    with pytest.raises(RuntimeError):
        await seed_demo(database.app_url, tmp_path, hash_password=lambda _password: next(hashes))
    begun = read_demo_logins(tmp_path)
    assert await seed_demo(database.app_url, tmp_path, hash_password=hashed) == begun
    assert len(await roles_of(database.app_url, "demo")) == 6


async def test_complete_clinic_then_left_as_people_made_it(database: DatabaseUrls, tmp_path: Path) -> None:
    demo = DemoLogins("demo", (), complete=False)
    mark_complete(tmp_path, demo)
    assert await seed_demo(database.app_url, tmp_path, hash_password=hashed) == DemoLogins("demo", (), complete=True)
    assert await roles_of(database.app_url, "demo") == {}


async def test_database_with_a_clinic_then_nothing_is_added(database: DatabaseUrls, tmp_path: Path) -> None:
    pool = await open_pool(database.app_url, connections_max=1)
    await PostgresTenants(pool).create(Tenant.settled("t1", "real", "Real Clinic", "UTC"))
    await pool.close()
    assert await seed_demo(database.app_url, tmp_path, hash_password=hashed) is None
    assert read_demo_logins(tmp_path) is None


async def test_empty_installation_then_a_clinic_and_its_administrator(database: DatabaseUrls) -> None:
    new = {"clinic": "north", "time_zone": "Europe/Vienna", "password_hash": "h"}
    await create_administrator(database.app_url, clinic_name="North", login="Maria ", **new)
    pool = await open_pool(database.app_url, connections_max=1)
    tenant = await PostgresTenants(pool).find_by_slug("north")
    await pool.close()
    assert tenant is not None
    assert await roles_of(database.app_url, tenant.tenant_id) == {"maria": "administrator"}
    with pytest.raises(OperatorError, match="exists in clinic"):
        await create_administrator(database.app_url, clinic_name=None, login="maria", **new)
    with pytest.raises(OperatorError, match="exists already"):
        await create_administrator(database.app_url, clinic_name="North", login="maria", **new)


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        ({"clinic": "nowhere", "clinic_name": None}, "no clinic 'nowhere'"),
        ({"clinic": "Not A Slug"}, "small letters"),
        ({"time_zone": "Mars/Olympus"}, "no time zone"),
    ],
)
async def test_administrator_of_something_wrong_then_refused_with_what_to_do(
    database: DatabaseUrls, wrong: dict[str, str], told: str
) -> None:
    right: dict[str, str] = {"clinic": "north", "clinic_name": "North", "time_zone": "UTC"}
    with pytest.raises(OperatorError, match=told):
        await create_administrator(database.app_url, **{**right, **wrong}, login="m", password_hash="h")
