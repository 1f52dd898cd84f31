"""`strowger shards`: start, roll or stop the shards in a Ray cluster. `strowger run` starts and stops them itself."""

import os
import sys
from typing import Annotated

import msgspec
import typer

from actors.config import ClusterConfig
from scripts.cli.options import ConfigFromStdin, StateDir
from scripts.compose import NAMESPACE, Addresses, cluster_config, named_addresses
from scripts.errors import OperatorError
from scripts.house.screen import make_console
from scripts.house.servers import Servers
from scripts.load_settings import SettingsError, load_settings
from scripts.secrets_file import Secrets, load_or_create
from scripts.settings import Settings

RayAddress = Annotated[str | None, typer.Option(help="The Ray head, as host:port.", show_default="RAY_ADDRESS")]


def register(app: typer.Typer) -> None:
    group = typer.Typer(help="Shards in a Ray cluster.", no_args_is_help=True)
    group.command("start")(start)
    group.command("roll")(roll)
    group.command("stop")(stop)
    app.add_typer(group, name="shards")


def start(
    *, config_from_stdin: ConfigFromStdin = False, ray_address: RayAddress = None, state_dir: StateDir = None
) -> None:
    """Start all shards anew, and return once they serve. Those that run already end first.

    [bold]Example[/bold]

    RAY_ADDRESS=head:6379 STROWGER_QUEUE_SHARDS=4 strowger shards start
    """
    from actors.cluster import start_cluster  # noqa: PLC0415 - no other command should load Ray

    config, address = _told(state_dir, ray_address, from_stdin=config_from_stdin)
    try:
        start_cluster(config, ray_address=address, namespace=NAMESPACE)
    except TimeoutError as error:
        raise OperatorError(str(error)) from None


def roll(*, ray_address: RayAddress = None, state_dir: StateDir = None) -> None:
    """Replace all shards one after another while calls go on: for new code, or for new settings.

    Each shard pauses for a second or two, in which conversations go on and nobody new rings. Gateways come after this
    (docs/RELIABILITY.md). Works beside a `strowger run` as well.

    [bold]Example[/bold]

    RAY_ADDRESS=head:6379 strowger shards roll
    """
    settings = load_settings(state_dir=state_dir, ray_address=ray_address)
    secrets = load_or_create(settings.state_dir)
    addresses = _running(settings, secrets)
    config = cluster_config(settings, secrets, addresses)
    from actors.cluster import roll_cluster  # noqa: PLC0415 - reads the environment that `_running` sets

    console = make_console()
    try:
        roll_cluster(
            config,
            ray_address=addresses.ray_address,
            namespace=NAMESPACE,
            say=lambda name: console.print(f"{name} ..."),
        )
    except TimeoutError as error:
        raise OperatorError(str(error)) from None
    console.print("All shards are new.")


def stop(
    *, config_from_stdin: ConfigFromStdin = False, ray_address: RayAddress = None, state_dir: StateDir = None
) -> None:
    """Drain and stop all shards.

    [bold]Example[/bold]

    RAY_ADDRESS=head:6379 strowger shards stop
    """
    from actors.cluster import stop_cluster  # noqa: PLC0415 - no other command should load Ray

    _, address = _told(state_dir, ray_address, from_stdin=config_from_stdin)
    stop_cluster(ray_address=address, namespace=NAMESPACE)


def _running(settings: Settings, secrets: Secrets) -> Addresses:
    """Where the servers of the running system are; Ray's token goes where its client looks for it."""
    servers = Servers(settings, secrets)
    if servers.ray is not None and not servers.ray.find_running():
        raise OperatorError("Strowger does not run on this state folder: start it, or name its cluster by RAY_ADDRESS.")
    os.environ.update(servers.addresses.ray_environment)
    return servers.addresses


def _told(state_dir: StateDir, ray_address: str | None, *, from_stdin: bool) -> tuple[ClusterConfig, str]:
    if from_stdin:
        return msgspec.json.decode(sys.stdin.buffer.read(), type=ClusterConfig), ray_address or ""
    settings = load_settings(state_dir=state_dir, ray_address=ray_address)
    if settings.ray_address is None:
        raise SettingsError(["RAY_ADDRESS: is missing, a cluster for the shards has to be named."])
    secrets = load_or_create(settings.state_dir)
    return cluster_config(settings, secrets, named_addresses(settings, secrets)), settings.ray_address
