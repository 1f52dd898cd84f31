"""What commands that load the running system have in common: where it is, what may be killed, and bars."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import Self

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeElapsedColumn

import benchmarks.calls.run as calls
from actors.config import Secret
from scripts.compose import NAMESPACE
from scripts.embedded.ray_head import EmbeddedRay
from scripts.errors import OperatorError
from scripts.seed import TENANT_ID, read_demo_logins
from scripts.settings import Settings


def target_of(settings: Settings, journal_url: str) -> calls.Target:
    """The demonstration clinic of the system that runs on this state folder."""
    return demo_target(settings.state_dir, settings.address, journal_url)


def demo_target(state_dir: Path, url: str, journal_url: str) -> calls.Target:
    """The demonstration clinic of a state folder, whose doors are at this address."""
    demo = read_demo_logins(state_dir)
    if demo is None:
        raise OperatorError("There is no demonstration clinic here: start `strowger run` on this state folder first.")
    administrator = demo.of_role("administrator")[0]
    return calls.Target(
        url=url,
        clinic=demo.clinic,
        login=administrator.login,
        password=Secret(administrator.password),
        tenant_id=TENANT_ID,
        journal_url=Secret(journal_url),
    )


def find_ray(settings: Settings) -> str:
    """The Ray that the shards run in; its token goes where Ray's client looks for it."""
    if settings.ray_address is not None:
        return settings.ray_address
    ray = EmbeddedRay(settings.state_dir)
    if not ray.find_running():
        raise OperatorError("Strowger does not run on this state folder: start `strowger run` first.")
    os.environ.update(ray.client_environment)
    return ray.address


def pid_finder(ray_address: str) -> Callable[[], dict[str, int]]:
    """Asks for the processes of the shards, by name."""
    from actors.cluster import describe_cluster  # noqa: PLC0415 - reads the environment that `find_ray` sets

    def find_pids() -> dict[str, int]:
        shards = describe_cluster(ray_address=ray_address, namespace=NAMESPACE)
        return {shard["name"]: shard["pid"] for shard in shards if "pid" in shard}

    return find_pids


class Bars(calls.Progress):
    """The steps of a run as bars on a terminal, as lines elsewhere."""

    def __init__(self, console: Console) -> None:
        self._console = console
        columns = (TextColumn("{task.description:12}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
        self._progress = Progress(*columns, console=console, disable=not console.is_terminal)
        self._task: TaskID | None = None

    def __enter__(self) -> Self:
        self._progress.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._progress.stop()

    def step(self, name: str, total: int) -> None:
        if not self._console.is_terminal:
            self._console.print(f"{name}: {total}")
        self._task = self._progress.add_task(name, total=total)

    def say(self, line: str) -> None:
        self._console.print(line, markup=False)

    def advance(self, count: int) -> None:
        if self._task is not None:
            self._progress.advance(self._task, count)
