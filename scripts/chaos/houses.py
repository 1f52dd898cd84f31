"""Builds the house that a group of faults needs, and takes it down again."""

import contextlib
import shutil
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import msgspec

from actors.config import Secret, ShardConfig
from benchmarks.calls.run import Target
from benchmarks.chaos.ground import Needs
from benchmarks.chaos.proxy import Proxy, to_port, to_socket
from benchmarks.chaos.run import Judge
from persistence.migrate import migrate
from persistence.postgres.journal import PostgresJournal
from persistence.postgres.pool import open_pool
from persistence.postgres.projections import PostgresProjections
from scripts.chaos.disk import SmallDisk
from scripts.chaos.ground import RealGround
from scripts.chaos.house import ChaosHouse
from scripts.chaos.nodes import RayNodes
from scripts.cli.loads import demo_target
from scripts.embedded.places import private_folder, runtime_folder
from scripts.embedded.postgres import DatabaseUrls, EmbeddedPostgres
from scripts.embedded.valkey import EmbeddedValkey
from scripts.secrets_file import load_or_create
from scripts.seed import seed_demo
from web.passwords import hash_password


class Built(msgspec.Struct, frozen=True):
    """A house that serves."""

    ground: RealGround
    target: Target
    judge: Judge


@asynccontextmanager
async def built(needs: Needs, folder: Path) -> AsyncIterator[Built]:
    """Build a house in this folder, with what the need asks for. Raises `EmbeddedError` if a part does not start."""
    state_dir = folder / "house"
    async with AsyncExitStack() as stack:
        disk = stack.enter_context(SmallDisk(state_dir)) if needs is Needs.SMALL_DISK else None
        nodes = await stack.enter_async_context(RayNodes(folder / "nodes")) if needs is Needs.NODES else None
        stack.callback(_forget, state_dir)
        urls, database, environment = await _database(needs, folder, stack)
        if nodes is not None:
            environment |= nodes.environment
        house = ChaosHouse(state_dir, environment)
        clients = await stack.enter_async_context(Proxy([to_port(port) for port in house.ports]))
        stack.push_async_callback(house.stop)
        await house.start()
        judge = await _judge(urls, stack)
        ground = RealGround(
            house,
            clients,
            judge.journal,
            lambda: _told(state_dir, urls),
            database=database,
            disk=disk,
            nodes=nodes,
        )
        await ground.whole()
        target = demo_target(state_dir, f"http://127.0.0.1:{clients.port}", urls.journal_url)
        yield Built(ground, target, judge)


async def _database(
    needs: Needs, folder: Path, stack: AsyncExitStack
) -> tuple[DatabaseUrls, Proxy | None, dict[str, str]]:
    """Where the judge reaches the database, and, where a proxy stands between, how the house is told of it."""
    if needs is not Needs.DATABASE_PROXY:
        return EmbeddedPostgres(folder / "house").urls(), None, {}
    postgres = EmbeddedPostgres(folder / "database")
    stack.callback(_forget, folder / "database")
    stack.enter_context(postgres)
    secrets, urls = load_or_create(folder / "database"), postgres.urls()
    await migrate(
        urls.owner_url,
        app_password=secrets.database_app_password,
        journal_password=secrets.database_journal_password,
    )
    private_folder(folder / "house")
    await seed_demo(urls.app_url, folder / "house", hash_password=hash_password)
    proxy = await stack.enter_async_context(Proxy([to_socket(str(postgres.socket))]))
    names = {"URL": urls.owner_url, "APP_URL": urls.app_url, "JOURNAL_URL": urls.journal_url}
    told = {f"STROWGER_DATABASE_{name}": _through(url, proxy.port) for name, url in names.items()}
    return urls, proxy, told


def _through(url: str, port: int) -> str:
    """The same role and database, reached at a port of the loopback."""
    parts = urlsplit(url)
    role = parts.netloc.rpartition("@")[0]
    return urlunsplit(parts._replace(netloc=f"{role}@127.0.0.1:{port}", query=""))


async def _judge(urls: DatabaseUrls, stack: AsyncExitStack) -> Judge:
    journal = await PostgresJournal.connect(urls.journal_url, connections_max=2)
    stack.push_async_callback(journal.close)
    pool = await open_pool(urls.app_url, connections_max=1)
    stack.push_async_callback(pool.close)
    return Judge(journal, PostgresProjections(pool))


def _told(state_dir: Path, urls: DatabaseUrls) -> ShardConfig:
    """What the house's shards are told, for one that is started beside them."""
    return ShardConfig(
        journal_url=Secret(urls.journal_url),
        app_url=Secret(urls.app_url),
        redis_url=Secret(EmbeddedValkey(state_dir).redis_url),
        cluster_secret=Secret(load_or_create(state_dir).cluster_secret),
    )


def _forget(state_dir: Path) -> None:
    """Leave nothing behind outside of the folder: data of a Postgres that ran as another user, and sockets."""
    with contextlib.suppress(OSError):
        EmbeddedPostgres(state_dir).destroy()
        shutil.rmtree(runtime_folder(state_dir), ignore_errors=True)
