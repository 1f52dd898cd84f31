"""`strowger shards`: start or stop the shards in a Ray cluster. `strowger run` does both itself."""

import sys
from typing import Annotated

import msgspec
import typer

from actors.config import ClusterConfig
from scripts.cli.options import ConfigFromStdin, StateDir
from scripts.compose import NAMESPACE, cluster_config, named_addresses
from scripts.errors import OperatorError
from scripts.load_settings import SettingsError, load_settings
from scripts.secrets_file import load_or_create

RayAddress = Annotated[str | None, typer.Option(help="The Ray head, as host:port.", show_default="RAY_ADDRESS")]


def register(app: typer.Typer) -> None:
    group = typer.Typer(help="Shards in a Ray cluster.", no_args_is_help=True)
    group.command("start")(start)
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


def _told(state_dir: StateDir, ray_address: str | None, *, from_stdin: bool) -> tuple[ClusterConfig, str]:
    if from_stdin:
        return msgspec.json.decode(sys.stdin.buffer.read(), type=ClusterConfig), ray_address or ""
    settings = load_settings(state_dir=state_dir, ray_address=ray_address)
    if settings.ray_address is None:
        raise SettingsError(["RAY_ADDRESS: is missing, a cluster for the shards has to be named."])
    secrets = load_or_create(settings.state_dir)
    return cluster_config(settings, secrets, named_addresses(settings, secrets)), settings.ray_address
