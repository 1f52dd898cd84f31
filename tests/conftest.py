"""Real servers for integration tests: one Postgres and one Valkey for the whole session, a fresh database
for each test.
"""

import asyncio
import secrets
import shutil
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
import redis

from scripts.embedded.places import runtime_folder
from scripts.embedded.postgres import DatabaseUrls, EmbeddedPostgres
from scripts.embedded.valkey import EmbeddedValkey
from tests.integration_services import EMPTY_EVERY_TABLE, migrate_database
from tests.lanes import Lanes


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Lanes:
    return Lanes(config, log)


@pytest.fixture(scope="session")
def embedded_state_dir(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A state folder that lives as long as the session."""
    folder = tmp_path_factory.mktemp("state")
    yield folder
    shutil.rmtree(runtime_folder(folder), ignore_errors=True)


@pytest.fixture
def state_dir(tmp_path: Path) -> Iterator[Path]:
    """A state folder for one test, its sockets' folder taken away at the end."""
    folder = tmp_path / "state"
    yield folder
    shutil.rmtree(runtime_folder(folder), ignore_errors=True)


@pytest.fixture(scope="session")
def embedded_postgres(embedded_state_dir: Path) -> Iterator[EmbeddedPostgres]:
    """A running server; it does not wait for the disk, because its data ends with the session."""
    postgres = EmbeddedPostgres(embedded_state_dir, durable=False)
    try:
        postgres.start()
        yield postgres
    finally:
        postgres.destroy()


@pytest.fixture(scope="session")
def embedded_valkey(embedded_state_dir: Path) -> Iterator[EmbeddedValkey]:
    with EmbeddedValkey(embedded_state_dir) as valkey:
        yield valkey


@pytest.fixture
def empty_database(embedded_postgres: EmbeddedPostgres) -> Iterator[DatabaseUrls]:
    """A database of its own, with pgvector and no tables; only the owner exists until migrations run."""
    name = f"test_{secrets.token_hex(6)}"
    embedded_postgres.run_sql(f"CREATE DATABASE {name} OWNER strowger_owner", database="postgres")
    yield embedded_postgres.urls(name)
    embedded_postgres.run_sql(f"DROP DATABASE {name} WITH (FORCE)", database="postgres")


@pytest.fixture
def redis_url(embedded_valkey: EmbeddedValkey) -> str:
    """An empty store at the start of every test."""
    with redis.Redis.from_url(embedded_valkey.redis_url) as client:
        client.flushall()
    return embedded_valkey.redis_url


@pytest.fixture(scope="session")
def migrated_database(embedded_postgres: EmbeddedPostgres) -> DatabaseUrls:
    """A database with today's schema, shared by the session; tests take `database`, which is empty."""
    urls = embedded_postgres.urls("migrated")
    embedded_postgres.run_sql("CREATE DATABASE migrated OWNER strowger_owner", database="postgres")
    with ThreadPoolExecutor(1) as aside:  # an async fixture may ask for this one, and its loop is running then
        aside.submit(asyncio.run, migrate_database(urls)).result()
    return urls


@pytest.fixture
def database(embedded_postgres: EmbeddedPostgres, migrated_database: DatabaseUrls) -> DatabaseUrls:
    """Today's schema with no rows in it."""
    embedded_postgres.run_sql(EMPTY_EVERY_TABLE, database="migrated")
    return migrated_database
