"""`strowger run`: the whole of Strowger in the foreground."""

import asyncio
import contextlib
import signal
from typing import Annotated

import aiohttp
import structlog
import typer
from rich.console import Console

from scripts.cli.options import StateDir
from scripts.demo_engine import configure_demo_engine
from scripts.demo_mornings import play_mornings
from scripts.errors import OperatorError
from scripts.house.announce import announce
from scripts.house.screen import Steps, make_console
from scripts.house.supervisor import House
from scripts.load_settings import load_settings
from scripts.logs import configure_logs
from scripts.secrets_file import Secrets, load_or_create
from scripts.seed import DemoLogins, has_clinics, mark_complete, seed_demo
from scripts.settings import Settings
from web.passwords import hash_password

log = structlog.get_logger("supervisor")


def register(app: typer.Typer) -> None:
    app.command("run")(run)


def run(
    *,
    host: Annotated[
        str | None, typer.Option(help="The address the gateways listen on.", show_default="127.0.0.1")
    ] = None,
    port: Annotated[int | None, typer.Option(help="The first gateway's port.", show_default="8080")] = None,
    gateways: Annotated[int | None, typer.Option(help="How many gateways side by side.", show_default="1")] = None,
    demo: Annotated[
        bool, typer.Option("--demo", help="Play busy mornings on the demonstration clinic, one after the other.")
    ] = False,
    state_dir: StateDir = None,
) -> None:
    """Start everything on this machine, keep it running, and stop it all with Ctrl-C.

    Postgres, Redis and Ray are started too, unless settings name real ones (STROWGER_DATABASE_URL, STROWGER_REDIS_URL,
    RAY_ADDRESS). A start after a crash cleans up what was left behind. With --demo made-up callers and agents keep the
    clinic busy; whoever signs in as one of its own agents gets calls, too.

    [bold]Examples[/bold]

    strowger run

    strowger run --demo

    strowger run --port 9000 --gateways 2

    STROWGER_DATABASE_URL=postgresql://owner:...@db/strowger strowger run
    """
    settings = load_settings(host=host, port=port, gateways=gateways, state_dir=state_dir)
    if demo and not settings.embedded_postgres:
        raise OperatorError("--demo plays on the demonstration clinic, and a database that the settings name has none.")
    secrets = load_or_create(settings.state_dir)
    configure_logs(level=settings.log_level, file=settings.state_dir / "logs" / "run.jsonl", terminal=True)
    asyncio.run(_until_signal(settings, secrets, make_console(), is_demo=demo))


async def _until_signal(settings: Settings, secrets: Secrets, console: Console, *, is_demo: bool) -> None:
    """Work until a signal asks to stop or something fails for good; stop everything in either case."""
    house = House(settings, secrets)
    house.take_lock()
    work = asyncio.ensure_future(_work(house, settings, console, is_demo=is_demo))
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        asyncio.get_running_loop().add_signal_handler(number, work.cancel)
    try:
        with contextlib.suppress(asyncio.CancelledError):
            await work
    finally:
        await house.stop(lambda what: say(console, f"Stopping {what} ..."))
        say(console, "Stopped.")


def say(console: Console, words: str) -> None:
    with contextlib.suppress(OSError):  # a terminal that was closed is no reason to stop half
        console.print(words)


async def _work(house: House, settings: Settings, console: Console, *, is_demo: bool) -> None:
    with Steps(console) as steps:
        await house.start_servers(steps)
        demo = await _seed(house, settings, steps)
        if is_demo and demo is None:
            raise OperatorError("--demo plays on the demonstration clinic, and this database has other clinics.")
        await house.start_doors(steps)
        if demo is not None and not demo.complete:
            await _make_queues(house.gateway_urls[0], settings, demo, steps)
    log.info("ready", gateways=settings.gateways, shards=settings.shards)
    announce(console, house, settings, demo)
    if not await has_clinics(house.servers.database.app_url):
        console.print("There is no clinic yet; make one and its administrator with `strowger admin create --help`.")
    if demo is None or not is_demo:
        await house.keep()
        return
    console.print(f"\nA busy morning begins. Sign in as the supervisor and watch it: {settings.address}/live")
    console.print("Sign in as an agent in another window, become available, and take calls of it.")
    async with asyncio.TaskGroup() as jobs:
        jobs.create_task(house.keep())
        jobs.create_task(play_mornings(house.gateway_urls[0], demo))


async def _seed(house: House, settings: Settings, steps: Steps) -> DemoLogins | None:
    if house.servers.postgres is None:
        return None
    with steps.step("Demonstration clinic"):
        return await seed_demo(house.servers.database.app_url, settings.state_dir, hash_password=hash_password)


async def _make_queues(gateway_url: str, settings: Settings, demo: DemoLogins, steps: Steps) -> None:
    """A clinic without queues is a poor demonstration but no reason to stop; the next start tries again."""
    try:
        with steps.step("Queues of the demonstration clinic"):
            await configure_demo_engine(gateway_url, demo)
    except (OperatorError, aiohttp.ClientError, TimeoutError) as error:
        log.warning("the demonstration clinic has no queues yet", reason=str(error))
    else:
        mark_complete(settings.state_dir, demo)
