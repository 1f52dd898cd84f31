"""What kind of entities a shard hosts: the shard itself does not care."""

from collections.abc import Callable
from typing import Any, Protocol

import msgspec

from engine.commands import Command
from engine.decision import Decision
from engine.events import Event, Fact
from engine.messages import Message
from engine.roster import Roster
from engine.roster import snapshot as roster_snapshot
from engine.roster.decide import decide as decide_roster
from engine.steps import OpenSteps
from engine.switchboard import Switchboard
from engine.switchboard import snapshot as board_snapshot
from engine.switchboard.decide import decide as decide_board
from persistence.journal import Kind


class Aggregate(Protocol):
    """The state of one tenant, as an owner hosts it."""

    tenant_id: str
    position: int

    @property
    def steps(self) -> OpenSteps[Any]: ...

    def evolve(self, fact: Fact, position: int) -> None: ...
    def due(self, now_ms: int) -> Event | None: ...
    def next_deadline_ms(self) -> int | None: ...
    def renew(self, keys: tuple[str, ...], now_ms: int) -> None: ...
    def recovered(self, now_ms: int) -> None: ...


class Domain(msgspec.Struct, frozen=True):
    """One kind of owner: whose partitions it writes, whom its open steps ask, and its engine functions.

    `identity` names the field by which its events say whom they are about; `form` is the version of what `dump` gives.
    """

    kind: Kind
    asks: Kind
    identity: str
    new: Callable[[str], Aggregate]
    decide: Callable[[Any, Command | Message, int], Decision]
    form: int
    dump: Callable[[Any], bytes]
    load: Callable[[bytes], Aggregate]


QUEUE_DOMAIN = Domain(
    Kind.QUEUE,
    Kind.AGENT,
    "call_id",
    Switchboard,
    decide_board,
    board_snapshot.VERSION,
    board_snapshot.dump,
    board_snapshot.load,
)
AGENT_DOMAIN = Domain(
    Kind.AGENT,
    Kind.QUEUE,
    "agent_id",
    Roster,
    decide_roster,
    roster_snapshot.VERSION,
    roster_snapshot.dump,
    roster_snapshot.load,
)
