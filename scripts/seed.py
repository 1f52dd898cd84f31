"""A demonstration clinic for the first start of an embedded database: people who can sign in at once.

Their passwords are random, made once, kept in `demo_logins.json` (0600) of the state folder, and printed at a start.
A database that the settings name is never touched.
"""

import contextlib
import secrets
from collections.abc import Callable
from pathlib import Path

import msgspec

from persistence.accounts import Account, Role
from persistence.errors import ConflictError
from persistence.postgres.accounts import PostgresAccounts
from persistence.postgres.pool import open_pool
from persistence.postgres.tenants import PostgresTenants
from persistence.tenants import Tenant
from scripts.embedded.places import write_private

TENANT_ID = "demo"
SLUG = "demo"
CLINIC = "Northside Clinic"
TIME_ZONE = "UTC"
PEOPLE: tuple[tuple[str, Role, str], ...] = (
    ("admin", "administrator", "Alex Morgan"),
    ("supervisor", "supervisor", "Sam Rivera"),
    ("agent1", "agent", "Jordan Lee"),
    ("agent2", "agent", "Robin Patel"),
    ("agent3", "agent", "Casey Nguyen"),
    ("agent4", "agent", "Taylor Okafor"),
)
"""Login, role and the name on the screen."""


class DemoLogin(msgspec.Struct, frozen=True):
    """How one person of the demonstration clinic signs in."""

    login: str
    password: str
    role: Role

    def __repr__(self) -> str:
        return f"DemoLogin(login={self.login!r}, role={self.role!r})"


class DemoLogins(msgspec.Struct, frozen=True):
    """The file's content. `complete` is set once all of them are in the database, its queues included."""

    clinic: str
    logins: tuple[DemoLogin, ...]
    complete: bool

    def of_role(self, role: Role) -> list[DemoLogin]:
        return [login for login in self.logins if login.role == role]


def read_demo_logins(state_dir: Path) -> DemoLogins | None:
    file = _file(state_dir)
    return msgspec.json.decode(file.read_bytes(), type=DemoLogins) if file.exists() else None


def mark_complete(state_dir: Path, demo: DemoLogins) -> None:
    """From now on the clinic is left as people make it."""
    _write(state_dir, msgspec.structs.replace(demo, complete=True))


async def seed_demo(app_url: str, state_dir: Path, *, hash_password: Callable[[str], str]) -> DemoLogins | None:
    """Make the clinic and its people where there is no clinic at all; finish what an interrupted start began.

    Returns None where the database is somebody's already.
    """
    demo = read_demo_logins(state_dir)
    if demo is not None and demo.complete:
        return demo
    pool = await open_pool(app_url, connections_max=1)
    try:
        tenants = PostgresTenants(pool)
        if demo is None:
            if await tenants.list():
                return None
            demo = _made_up()
            _write(state_dir, demo)
        with contextlib.suppress(ConflictError):  # made by the start that was interrupted
            await tenants.create(Tenant.settled(TENANT_ID, SLUG, CLINIC, TIME_ZONE))
        accounts = PostgresAccounts(pool)
        for login in demo.logins:
            if await accounts.find_by_login(TENANT_ID, login.login) is None:
                await accounts.create(_account(login, hash_password(login.password)))
    finally:
        await pool.close()
    return demo


async def has_clinics(app_url: str) -> bool:
    pool = await open_pool(app_url, connections_max=1)
    try:
        return bool(await PostgresTenants(pool).list())
    finally:
        await pool.close()


def _account(login: DemoLogin, password_hash: str) -> Account:
    names = {known: name for known, _, name in PEOPLE}
    return Account(
        tenant_id=TENANT_ID,
        user_id=f"user-{login.login}",
        login=login.login,
        password_hash=password_hash,
        role=login.role,
        agent_id=login.login if login.role == "agent" else None,
        display_name=names[login.login],
        active=True,
    )


def _made_up() -> DemoLogins:
    logins = tuple(DemoLogin(login, secrets.token_urlsafe(12), role) for login, role, _ in PEOPLE)
    return DemoLogins(SLUG, logins, complete=False)


def _write(state_dir: Path, demo: DemoLogins) -> None:
    write_private(_file(state_dir), msgspec.json.format(msgspec.json.encode(demo)).decode() + "\n")


def _file(state_dir: Path) -> Path:
    return state_dir / "demo_logins.json"
