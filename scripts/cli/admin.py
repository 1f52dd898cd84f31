"""`strowger admin`: the first administrator of an installation."""

import asyncio
import re
import secrets as randomness
import sys
import zoneinfo
from typing import Annotated

import typer

from persistence.accounts import Account, login_key
from persistence.errors import ConflictError
from persistence.postgres.accounts import PostgresAccounts
from persistence.postgres.pool import Pool, open_pool
from persistence.postgres.tenants import PostgresTenants
from persistence.tenants import Tenant
from scripts.cli.database import database_for
from scripts.cli.options import StateDir
from scripts.errors import OperatorError
from scripts.house.screen import make_console
from scripts.load_settings import load_settings
from scripts.secrets_file import load_or_create
from web.passwords import hash_password
from web.resources import PASSWORD_CHARACTERS_MIN

SLUG = re.compile(r"[a-z0-9][a-z0-9-]{0,62}")


def register(app: typer.Typer) -> None:
    group = typer.Typer(help="People who look after an installation.", no_args_is_help=True)
    group.command("create")(create)
    app.add_typer(group, name="admin")


def create(
    *,
    clinic: Annotated[str, typer.Option(help="The clinic's short name, as in its address.", metavar="SLUG")],
    login: Annotated[str, typer.Option(help="What the administrator signs in with.")],
    create_clinic: Annotated[
        str | None, typer.Option(help="Make the clinic too, with this name.", metavar="NAME")
    ] = None,
    time_zone: Annotated[str, typer.Option(help="Of a new clinic, as the IANA database names it.")] = "UTC",
    state_dir: StateDir = None,
) -> None:
    """Create an administrator. The password is asked for twice, or read as one line of standard input.

    [bold]Examples[/bold]

    strowger admin create --clinic northside --create-clinic "Northside Clinic" --login maria

    pass show strowger/maria | strowger admin create --clinic northside --login maria
    """
    password = _ask_password()
    settings = load_settings(state_dir=state_dir)
    secrets = load_or_create(settings.state_dir)
    with database_for(settings, secrets) as addresses:
        asyncio.run(
            create_administrator(
                addresses.app_url,
                clinic=clinic,
                clinic_name=create_clinic,
                time_zone=time_zone,
                login=login,
                password_hash=hash_password(password),
            )
        )
    make_console().print(f"{login_key(login)!r} may now sign in to clinic {clinic!r}.")


async def create_administrator(
    app_url: str, *, clinic: str, clinic_name: str | None, time_zone: str, login: str, password_hash: str
) -> None:
    """Add one administrator to a clinic, which is made first if `clinic_name` is given."""
    pool = await open_pool(app_url, connections_max=1)
    try:
        tenant = await _clinic(pool, clinic, clinic_name, time_zone)
        account = Account(
            tenant_id=tenant.tenant_id,
            user_id=randomness.token_hex(8),
            login=login,
            password_hash=password_hash,
            role="administrator",
            agent_id=None,
            display_name=login,
            active=True,
        )
        try:
            await PostgresAccounts(pool).create(account)
        except ConflictError:
            raise OperatorError(f"The login {login_key(login)!r} exists in clinic {clinic!r} already.") from None
    finally:
        await pool.close()


async def _clinic(pool: Pool, slug: str, name: str | None, time_zone: str) -> Tenant:
    tenants = PostgresTenants(pool)
    if name is None:
        known = await tenants.find_by_slug(slug)
        if known is None:
            raise OperatorError(f"There is no clinic {slug!r}; add --create-clinic with its name to make it.")
        return known
    if not SLUG.fullmatch(slug):
        raise OperatorError("--clinic takes small letters, digits and hyphens, such as northside-2.")
    if time_zone not in zoneinfo.available_timezones():
        raise OperatorError(f"There is no time zone {time_zone!r}; write it as in Europe/Vienna.")
    tenant = Tenant.settled(randomness.token_hex(8), slug, name, time_zone)
    try:
        await tenants.create(tenant)
    except ConflictError:
        raise OperatorError(f"The clinic {slug!r} exists already; leave --create-clinic away.") from None
    return tenant


def _ask_password() -> str:
    if sys.stdin.isatty():
        password: str = typer.prompt("Password", hide_input=True, confirmation_prompt=True)
    else:
        password = sys.stdin.readline().rstrip("\n")
    if len(password) < PASSWORD_CHARACTERS_MIN:
        raise OperatorError(f"The password needs at least {PASSWORD_CHARACTERS_MIN} characters.")
    return password
