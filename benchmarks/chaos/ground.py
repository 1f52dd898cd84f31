"""What a fault may lay hands on: the port between faults, which know what to do, and a house, which knows how."""

from enum import StrEnum
from typing import Protocol

from benchmarks.chaos.proxy import Proxy
from persistence.journal import Kind


class Needs(StrEnum):
    """What kind of house a fault needs. Faults of the same need are lived through by one house."""

    HOUSE = "house"
    SMALL_DISK = "small_disk"
    """Its Postgres keeps its data on a disk that a few megabytes fill."""
    DATABASE_PROXY = "database_proxy"
    """It reaches its Postgres through a proxy."""
    NODES = "nodes"
    """Its shards run in a Ray of several nodes."""


class Successor(Protocol):
    """A second incarnation of a shard, which knows nothing of the first."""

    async def ended(self) -> None:
        """Wait until it has found out that it has a successor itself, and has ended."""


class Ground(Protocol):
    """A house of one need. Processes are named `queue`, `agent`, `router`, `supervisor`, `gateway-0`, `postgres` ..."""

    clients: Proxy
    """Between the people and the gateways."""

    @property
    def database(self) -> Proxy:
        """Between the house and Postgres (`Needs.DATABASE_PROXY`)."""

    def gateways(self) -> list[str]:
        """The names of the gateways."""

    def pid_of(self, name: str) -> int | None:
        """The process that bears the name now; None while there is none."""

    def age_s(self, pid: int) -> float:
        """How long ago that process was started; 0 if it has ended."""

    def recovered_at_s(self, pid: int) -> float | None:
        """When that shard said that it has recovered, in Unix time; None: it has not yet."""

    def kill(self, name: str) -> None:
        """Kill -9."""

    def pause(self, name: str) -> None:
        """SIGSTOP, for the process that bears the name now."""

    def resume(self, name: str) -> None:
        """SIGCONT, for the process that was paused under this name, whoever bears the name by now."""

    async def start_successor(self, kind: Kind) -> Successor:
        """Start another incarnation of the only shard of a kind, and return once it has claimed."""

    async def empty_valkey(self) -> None:
        """FLUSHALL."""

    async def fill_disk(self) -> None:
        """Leave Postgres no room at all (`Needs.SMALL_DISK`)."""

    async def free_disk(self) -> None:
        """Take that back."""

    async def kill_node(self) -> str:
        """Kill -9 everything on the Ray node that holds most shards, and say which (`Needs.NODES`)."""

    async def replace_node(self) -> None:
        """Let a new node join in place of one that was killed."""

    async def restart_all(self) -> None:
        """Kill -9 everything at once, then start the house again as its operator would."""

    async def whole(self) -> None:
        """Wait until every part runs and says that it can serve."""
