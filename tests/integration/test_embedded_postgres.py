"""The embedded Postgres against the real binaries: first start, restart, crash, leftovers, and who may
connect.
"""

import os
import shutil
import signal
import stat
from collections.abc import Iterator
from pathlib import Path

import asyncpg
import psutil
import pytest

from scripts.embedded.errors import EmbeddedError
from scripts.embedded.places import runtime_folder
from scripts.embedded.postgres import DatabaseUrls, EmbeddedPostgres
from scripts.embedded.processes import ProcessRecord

pytestmark = pytest.mark.integration


@pytest.fixture
def postgres(state_dir: Path) -> Iterator[EmbeddedPostgres]:
    server = EmbeddedPostgres(state_dir, durable=False)
    try:
        server.start()
        yield server
    finally:
        server.destroy()


def test_first_start_then_owner_is_no_superuser_and_pgvector_is_there(embedded_postgres: EmbeddedPostgres) -> None:
    assert embedded_postgres.run_sql("SELECT rolsuper FROM pg_roles WHERE rolname = 'strowger_owner'") == "f"
    assert embedded_postgres.run_sql("SELECT extversion FROM pg_extension WHERE extname = 'vector'") == "0.8.5"


async def test_wrong_password_then_refused(embedded_postgres: EmbeddedPostgres) -> None:
    url = embedded_postgres.owner_url.replace("strowger_owner:", "strowger_owner:x")
    with pytest.raises(asyncpg.InvalidPasswordError):
        await asyncpg.connect(url)


def test_running_server_then_it_listens_on_no_network_port(embedded_postgres: EmbeddedPostgres) -> None:
    assert embedded_postgres.pid is not None
    listening = [item for item in psutil.Process(embedded_postgres.pid).net_connections("inet") if item.laddr]
    assert listening == []


def test_running_server_then_its_secrets_are_private(
    embedded_postgres: EmbeddedPostgres, embedded_state_dir: Path
) -> None:
    assert embedded_postgres.pid is not None
    secrets_file = embedded_state_dir / "secrets.json"
    assert stat.S_IMODE(secrets_file.stat().st_mode) == 0o600
    password = embedded_postgres.owner_url.split(":")[2].split("@")[0]
    assert password in secrets_file.read_text()
    assert password not in " ".join(psutil.Process(embedded_postgres.pid).cmdline())


def test_root_then_postgres_runs_as_an_unprivileged_user(embedded_postgres: EmbeddedPostgres) -> None:
    assert embedded_postgres.pid is not None
    assert psutil.Process(embedded_postgres.pid).uids().effective != 0


def test_server_killed_then_next_start_has_what_was_committed(postgres: EmbeddedPostgres) -> None:
    postgres.run_sql("CREATE TABLE kept AS SELECT 7 AS value")
    assert postgres.pid is not None
    os.kill(postgres.pid, signal.SIGKILL)
    while postgres.pid is not None:
        pass
    postgres.start()
    assert postgres.run_sql("SELECT value FROM kept") == "7"


def test_leftover_server_then_it_is_stopped_and_data_kept(postgres: EmbeddedPostgres, state_dir: Path) -> None:
    postgres.run_sql("CREATE TABLE kept AS SELECT 7 AS value")
    assert postgres.pid is not None
    leftover = ProcessRecord.of("postgres", postgres.pid)
    postgres._lock.release()  # as if whoever started it had been killed
    successor = EmbeddedPostgres(state_dir, durable=False)
    with successor:
        assert leftover.find() is None
        assert successor.run_sql("SELECT value FROM kept") == "7"


def test_pid_file_of_another_process_then_that_process_is_left_alone(
    postgres: EmbeddedPostgres,
) -> None:
    pid_file = postgres._home / "data" / "postmaster.pid"
    postgres.stop()
    pid_file.write_text(f"{os.getpid()}\n")
    postgres.start()
    assert postgres.run_sql("SELECT 1") == "1"


def test_interrupted_first_start_then_the_next_one_begins_afresh(state_dir: Path) -> None:
    server = EmbeddedPostgres(state_dir, durable=False)
    half = server._home / "data.new"
    half.mkdir(parents=True)
    (half / "PG_VERSION").write_text("18\n")
    try:
        server.start()
        assert server.run_sql("SELECT 1") == "1"
        assert not half.exists()
    finally:
        server.destroy()


def test_second_start_on_one_folder_then_refused_by_process_id(postgres: EmbeddedPostgres, state_dir: Path) -> None:
    with pytest.raises(EmbeddedError, match=f"process {os.getpid()}"):
        EmbeddedPostgres(state_dir).start()
    assert postgres.run_sql("SELECT 1") == "1"


def test_deep_state_folder_then_sockets_still_fit(state_dir: Path) -> None:
    deep = state_dir.joinpath(*["a-folder-with-a-long-name"] * 6)
    server = EmbeddedPostgres(deep, durable=False)
    try:
        server.start()
        assert server.run_sql("SELECT 1") == "1"
    finally:
        server.destroy()
        shutil.rmtree(runtime_folder(deep))


async def test_fresh_database_then_owner_can_make_tables(empty_database: DatabaseUrls) -> None:
    connection = await asyncpg.connect(empty_database.owner_url)
    try:
        await connection.execute("CREATE EXTENSION IF NOT EXISTS vector; CREATE TABLE t (v vector(3))")
        assert await connection.fetchval("SELECT count(*) FROM t") == 0
    finally:
        await connection.close()


async def test_migrated_database_then_the_application_owns_nothing(database: DatabaseUrls) -> None:
    connection = await asyncpg.connect(database.app_url)
    try:
        owned = "SELECT count(*) FROM pg_class JOIN pg_roles ON relowner = pg_roles.oid WHERE rolname = current_user"
        assert await connection.fetchval(owned) == 0
    finally:
        await connection.close()
