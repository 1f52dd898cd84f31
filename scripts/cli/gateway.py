"""`strowger gateway`: one gateway process. `strowger run` starts these itself; on a cluster, each host starts its
own.
"""

import asyncio
import signal
import sys
from pathlib import Path
from typing import Annotated

import msgspec
import typer
import uvloop

from scripts.cli.options import ConfigFromStdin, StateDir
from scripts.compose import gateway_config, named_addresses
from scripts.load_settings import load_settings
from scripts.logs import configure_logs
from scripts.secrets_file import load_or_create
from web.config import GatewayConfig


def register(app: typer.Typer) -> None:
    app.command("gateway")(gateway)


def gateway(
    *,
    config_from_stdin: ConfigFromStdin = False,
    log_file: Annotated[
        Path | None, typer.Option(help="Where JSON log lines go.", show_default="in the state folder")
    ] = None,
    state_dir: StateDir = None,
) -> None:
    """Serve browsers and carriers until told to stop. Needs STROWGER_DATABASE_APP_URL and the like.

    [bold]Example[/bold]

    STROWGER_PORT=8081 strowger gateway
    """
    if config_from_stdin:
        config = msgspec.json.decode(sys.stdin.buffer.read(), type=GatewayConfig)
    else:
        settings = load_settings(state_dir=state_dir)
        secrets = load_or_create(settings.state_dir)
        config = gateway_config(settings, secrets, named_addresses(settings, secrets), number=0)
        log_file = log_file or settings.state_dir / "logs" / f"gateway-{settings.port}.jsonl"
    if log_file is not None:
        configure_logs(level=config.log_level, file=log_file, terminal=not config_from_stdin)
    uvloop.run(_serve(config))


async def _serve(config: GatewayConfig) -> None:
    from web.gateway import serve  # noqa: PLC0415 - no other command needs the doors

    work = asyncio.ensure_future(serve(config))
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, work.cancel)
    await asyncio.wait([work])
    if not work.cancelled():
        work.result()
