"""What the doors need of the owners. `actors.client.HouseClient` is the real one; tests bring their own."""

from collections.abc import Callable, Sequence
from typing import Protocol

from actors.wire import AgentFrame, CallFrame, ReadResult
from engine.commands import Command, Outcome


class House(Protocol):
    """The owners of queues, calls, agents and live pictures. What is asked may raise `UnavailableError`."""

    @property
    def ready(self) -> bool: ...

    async def execute(self, command: Command, *, timeout_s: float = 5.0) -> Outcome: ...

    async def read(self, tenant_id: str, what: str, *, after: str = "", limit: int = 200) -> ReadResult: ...

    async def read_live(self, tenant_id: str) -> tuple[int, bytes]: ...

    def watch_agents(
        self, tenant_id: str, agent_ids: Sequence[str], on_frame: Callable[[AgentFrame], None], *, renew: bool = False
    ) -> Callable[[], None]: ...

    def watch_calls(
        self, tenant_id: str, call_ids: Sequence[str], on_frame: Callable[[CallFrame], None], *, renew: bool = False
    ) -> Callable[[], None]: ...
