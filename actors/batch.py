"""One round of a shard: what it decided, and what may leave once that is durable."""

import msgspec

from actors.domain import Aggregate
from actors.ports import Link
from actors.wire import Envelope, Frame, Read, Subscribe, WatchAgents, WatchCalls
from persistence.journal import Claim, Entry

Item = tuple[Link, Frame]
Question = Subscribe | Read | WatchAgents | WatchCalls
"""What is answered from the state as it is after the commit."""


class Batch(msgspec.Struct):
    """Everything is keyed by partition, because a partition may turn out to be someone else's.

    `claims` stand before the batch, `entries` follow them. `unwritten`: partitions whose answers wrote nothing, and
    need a claim that was confirmed lately. `changed`: agents or calls that someone watches.
    """

    now_ms: int
    claims: dict[int, Claim] = {}
    entries: dict[int, list[Entry]] = {}
    answers: list[tuple[int, Link, Envelope]] = []
    questions: list[tuple[int, Link, Question]] = []
    touched: dict[str, Aggregate] = {}
    changed: dict[tuple[str, str], None] = {}
    unwritten: set[int] = set()
