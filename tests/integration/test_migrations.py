"""The schema: migrated from nothing, closed to whoever should not see it."""

import asyncio
from collections.abc import AsyncIterator
from urllib.parse import quote

import asyncpg
import pytest

from persistence import migrate as migration_module
from persistence.errors import MigrationError, StoreUnavailableError
from persistence.migrate import migrate, schema_version
from persistence.migrations import MIGRATIONS, SCHEMA_VERSION, Migration
from persistence.postgres.roles import ensure_role
from scripts.embedded.postgres import DatabaseUrls, EmbeddedPostgres
from tests.integration_services import migrate_database, password_of

pytestmark = pytest.mark.integration

SPANS_TENANTS = {"schema_version", "partition_head", "partition_claim"}
"""The only tables without row-level security: neither holds a tenant's data."""

EVERYTHING = ("select", "insert", "update", "delete", "truncate", "references", "trigger")


@pytest.fixture
async def owner(migrated_database: DatabaseUrls) -> AsyncIterator["asyncpg.Connection[asyncpg.Record]"]:
    connection = await asyncpg.connect(migrated_database.owner_url)
    yield connection
    await connection.close()


# -- running them ---------------------------------------------------------------------------------


async def test_empty_database_gets_every_migration_once(empty_database: DatabaseUrls) -> None:
    assert await schema_version(empty_database.owner_url) == 0
    names = [migration.name for migration in MIGRATIONS]
    assert await migrate_database(empty_database) == names
    assert await migrate_database(empty_database) == []
    for url in (empty_database.owner_url, empty_database.app_url, empty_database.journal_url):
        assert await schema_version(url) == SCHEMA_VERSION


async def test_several_processes_migrating_at_once_apply_each_migration_once(empty_database: DatabaseUrls) -> None:
    applied = await asyncio.gather(*(migrate_database(empty_database) for _ in range(4)))
    assert sorted(map(len, applied)) == [0, 0, 0, len(MIGRATIONS)]


async def test_each_step_is_told(empty_database: DatabaseUrls) -> None:
    steps: list[str] = []
    await migrate(
        empty_database.owner_url,
        app_password=password_of(empty_database.app_url),
        journal_password=password_of(empty_database.journal_url),
        on_step=steps.append,
    )
    assert f"applying {MIGRATIONS[0].name}" in steps


async def test_changed_passwords_are_taken_over(empty_database: DatabaseUrls) -> None:
    await migrate(empty_database.owner_url, app_password="n\u00e9w 'one'", journal_password="other")
    try:
        with pytest.raises(StoreUnavailableError, match="password"):
            await schema_version(empty_database.app_url)
        old, new = password_of(empty_database.app_url), quote("n\u00e9w 'one'", safe="")
        assert await schema_version(empty_database.app_url.replace(old, new)) == SCHEMA_VERSION
    finally:
        await migrate_database(empty_database)
    assert await schema_version(empty_database.app_url) == SCHEMA_VERSION


@pytest.mark.parametrize(
    ("statement", "told"),
    [
        ("create table half (); select 1 / 0", "SQLSTATE 22012"),
        ("create table half (); update user_account set active = false", "may not do"),
    ],
    ids=["fails", "would-be-filtered-by-a-policy"],
)
async def test_migration_that_fails_leaves_nothing_behind(
    empty_database: DatabaseUrls, monkeypatch: pytest.MonkeyPatch, statement: str, told: str
) -> None:
    await migrate_database(empty_database)
    broken = Migration(SCHEMA_VERSION + 1, "9999_broken", statement)
    monkeypatch.setattr(migration_module, "MIGRATIONS", (*MIGRATIONS, broken))
    monkeypatch.setattr(migration_module, "SCHEMA_VERSION", broken.version)
    with pytest.raises(MigrationError, match=told):
        await migrate_database(empty_database)
    connection = await asyncpg.connect(empty_database.owner_url)
    assert await connection.fetchval("select to_regclass('half') is null")
    await connection.close()
    assert await schema_version(empty_database.owner_url) == SCHEMA_VERSION


async def test_database_of_a_newer_program_is_refused(empty_database: DatabaseUrls) -> None:
    await migrate_database(empty_database)
    connection = await asyncpg.connect(empty_database.owner_url)
    await connection.execute("insert into schema_version (version, name) values (9999, 'from the future')")
    await connection.close()
    with pytest.raises(MigrationError, match="upgrade the program"):
        await migrate_database(empty_database)


async def test_role_without_rights_is_named(empty_database: DatabaseUrls) -> None:
    await migrate_database(empty_database)
    with pytest.raises(MigrationError, match="'strowger_app' may not create"):
        await migrate(empty_database.app_url, app_password="x", journal_password="y")


async def test_role_that_could_bypass_policies_is_refused(
    empty_database: DatabaseUrls, embedded_postgres: EmbeddedPostgres
) -> None:
    embedded_postgres.run_sql("create role too_mighty bypassrls createdb", database="postgres")
    connection = await asyncpg.connect(empty_database.owner_url)
    try:
        with pytest.raises(MigrationError, match=r"BYPASSRLS, CREATEDB.*NOBYPASSRLS NOCREATEDB"):
            await ensure_role(connection, "too_mighty", "x")
    finally:
        await connection.close()
        embedded_postgres.run_sql("drop role too_mighty", database="postgres")


async def test_database_without_pgvector_that_the_owner_may_not_install_says_what_to_do(
    empty_database: DatabaseUrls, embedded_postgres: EmbeddedPostgres
) -> None:
    name = empty_database.owner_url.split("/")[3].split("?")[0]
    embedded_postgres.run_sql("drop extension vector", database=name)
    with pytest.raises(MigrationError, match="CREATE EXTENSION vector as a superuser"):
        await migrate_database(empty_database)


async def test_pgvector_that_is_too_old_says_what_to_do(
    empty_database: DatabaseUrls, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(migration_module, "VECTOR_VERSION_MIN", (99, 0, 0))
    with pytest.raises(MigrationError, match=r"install 99\.0\.0 or newer.*ALTER EXTENSION vector UPDATE"):
        await migrate_database(empty_database)


# -- what they leave ---------------------------------------------------------------------------------


async def test_every_table_forces_row_level_security_and_has_the_tenant_in_its_key(
    owner: "asyncpg.Connection[asyncpg.Record]",
) -> None:
    rows = await owner.fetch(
        """
        select c.relname, c.relrowsecurity and c.relforcerowsecurity as is_closed,
               exists (
                   select from pg_index i
                   join pg_attribute a on a.attrelid = c.oid and a.attnum = any (i.indkey)
                   where i.indrelid = c.oid and i.indisprimary and a.attname = 'tenant_id'
               ) as is_keyed
        from pg_class c
        where c.relkind in ('r', 'p') and c.relnamespace::regnamespace::text not like 'pg\\_%'
          and c.relnamespace <> 'information_schema'::regnamespace
        """
    )
    open_tables = {row["relname"] for row in rows if not (row["is_closed"] and row["is_keyed"])}
    assert open_tables == SPANS_TENANTS
    assert {"journal", "journal_default", "call_record", "subject", "subject_key"} <= {row["relname"] for row in rows}


async def test_running_roles_own_nothing_and_have_no_power(owner: "asyncpg.Connection[asyncpg.Record]") -> None:
    rows = await owner.fetch(
        """
        select r.rolname, r.rolsuper or r.rolbypassrls or r.rolcreatedb or r.rolcreaterole or r.rolreplication as might,
               (select count(*) from pg_class c where c.relowner = r.oid)
               + (select count(*) from pg_namespace n where n.nspowner = r.oid)
               + (select count(*) from pg_proc p where p.proowner = r.oid) as owned,
               (select count(*) from pg_auth_members m where m.member = r.oid) as memberships
        from pg_roles r where r.rolname in ('strowger_app', 'strowger_journal')
        """
    )
    assert sorted(tuple(row) for row in rows) == [("strowger_app", False, 0, 0), ("strowger_journal", False, 0, 0)]


async def test_journal_role_may_do_its_work_and_nothing_else(owner: "asyncpg.Connection[asyncpg.Record]") -> None:
    rows = await owner.fetch(
        """
        select c.relname, p.privilege
        from pg_class c, unnest($1::text[]) as p (privilege)
        where c.relkind in ('r', 'p', 'v', 'm', 'S') and c.relnamespace::regnamespace::text in ('public', 'keyring')
          and case when c.relkind = 'S' then p.privilege in ('select', 'update')
                   and has_sequence_privilege('strowger_journal', c.oid, p.privilege)
                   else has_table_privilege('strowger_journal', c.oid, p.privilege)
                   or p.privilege in ('select', 'insert', 'update')
                   and has_any_column_privilege('strowger_journal', c.oid, p.privilege) end
        """,
        list(EVERYTHING),
    )
    assert {tuple(row) for row in rows} == {
        ("schema_version", "select"),
        ("tenant", "select"),
        ("journal", "select"),
        ("journal", "insert"),
        ("snapshot", "select"),
        ("snapshot", "insert"),
        ("snapshot", "update"),
        ("partition_head", "select"),
        ("partition_head", "insert"),
        ("partition_head", "update"),
        ("partition_claim", "select"),
        ("partition_claim", "insert"),
    }
    assert not await owner.fetchval("select has_schema_privilege('strowger_journal', 'keyring', 'usage')")
    assert not await owner.fetchval("select has_schema_privilege('strowger_journal', 'public', 'create')")
    assert not await owner.fetchval(
        "select has_function_privilege('strowger_journal', 'journal_drop_months(interval)', 'execute')"
    )
