"""The judge: it sees every committed entry and every frame that a client receives, and knows nothing of the engine.

It keeps its own account of calls (`callbook`) and agents (`agentbook`), written against the invariants of the design
rather than against the engine's tables, and complains in words. A violation is a sentence; the list is empty at the
end of a good world. What must hold only while nothing goes wrong is looked at in `calm`.
"""

from collections import Counter
from collections.abc import Callable, Sequence

from actors.simulation.agentbook import AgentBook
from actors.simulation.callbook import CONNECTED, ENDED, CallBook
from actors.simulation.features import features_of
from actors.simulation.shadows import Shadows
from engine import events as e
from persistence.journal import Claim, Entry, Kind


class Ledger:
    """What has been committed, by an independent account."""

    def __init__(self, now_ms: Callable[[], int]) -> None:
        """`now_ms` is true time, which no process of the world knows exactly."""
        self.violations: list[str] = []
        self.lived: Counter[str] = Counter()
        self.calls = CallBook(self.says, now_ms)
        self.agents = AgentBook(self.says, now_ms, self.calls)
        self.shadows = Shadows()
        self.committed_commands: dict[str, tuple[Kind, int, int]] = {}
        self.on_offered: Callable[[e.CallOffered], None] = lambda _: None
        self._epoch: dict[tuple[Kind, int], int] = {}
        self._position: dict[tuple[Kind, int], int] = {}
        self._at_ms: dict[tuple[Kind, int], int] = {}

    def witness(self, kind: Kind, claims: Sequence[Claim], entries: Sequence[Entry], written: frozenset[int]) -> None:
        """Every append passes here, with the partitions that took it."""
        for claim in claims:
            if claim.partition in written:
                newest = self._epoch.get((kind, claim.partition), 0)
                self._check(claim.epoch >= newest, f"stale write: epoch {claim.epoch} after {newest}")
        for entry in entries:
            if entry.partition in written:
                self._entry(kind, entry)

    def claimed(self, kind: Kind, partition: int, epoch: int) -> None:
        """A newer incarnation holds the partition from now on."""
        self._epoch[kind, partition] = max(epoch, self._epoch.get((kind, partition), 0))

    def says(self, sentence: str) -> None:
        """Record a violation, once."""
        if sentence not in self.violations:
            self.violations.append(sentence)

    def is_over(self, call_id: str) -> bool:
        """Whether the call has ended."""
        call = self.calls.calls.get(call_id)
        return call is not None and call.state is ENDED

    def was_answered(self, call_id: str) -> bool:
        """Whether the call is in a conversation, or over."""
        call = self.calls.calls.get(call_id)
        return call is not None and call.state in (CONNECTED, ENDED)

    def _check(self, holds: bool, sentence: str) -> None:  # noqa: FBT001
        if not holds:
            self.says(sentence)

    def _entry(self, kind: Kind, entry: Entry) -> None:
        stream = (kind, entry.partition)
        last, last_at_ms = self._position.get(stream, 0), self._at_ms.get(stream, 0)
        self._check(entry.position == last + 1, f"{kind} stream jumps from {last} to {entry.position}")
        self._check(entry.at_ms >= last_at_ms, f"{kind} stream goes back in time at {entry.position}")
        self._position[stream], self._at_ms[stream] = entry.position, entry.at_ms
        if kind is Kind.SUPERVISOR:
            return  # says how far the pictures had come; nobody else depends on it
        fact = e.decode_fact(entry.payload)
        self._command(kind, entry, fact)
        self.lived.update(features_of(kind, fact.event, self.shadows.of(kind, entry.tenant_id)))
        if kind is Kind.QUEUE:
            self.calls.record(entry.tenant_id, entry.position, fact)
            if isinstance(fact.event, e.CallOffered):
                self.on_offered(fact.event)
        else:
            self.agents.record(entry.tenant_id, fact)
        self.shadows.follow(kind, entry.tenant_id, fact, entry.position)

    def _command(self, kind: Kind, entry: Entry, fact: e.Fact) -> None:
        """All events of a command stand together: any other is a second effect."""
        command_id = fact.cause.command_id
        if not command_id:
            return
        known = self.committed_commands.get(command_id)
        self._check(
            known is None or known == (kind, entry.partition, entry.position - 1),
            f"command {command_id} had a second effect",
        )
        self.committed_commands[command_id] = (kind, entry.partition, entry.position)
