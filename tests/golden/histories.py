"""Golden histories: what was in a journal when each version of it was today's, kept for ever.

    python -m tests.golden.histories

writes the history and the shapes of today's version where there are none yet, from a seeded world, and records anew
what every history leads to. It never touches entries or shapes that are kept: whoever changes what an event holds
raises `JOURNAL_VERSION` and writes upcasters, and the next run of this adds the files of the new version.
"""

from collections.abc import Iterator
from hashlib import blake2b
from pathlib import Path
from typing import Any, get_args

import msgspec

from actors.domain import AGENT_DOMAIN, QUEUE_DOMAIN, Aggregate
from actors.simulation.loop import run_virtual
from actors.simulation.quiet import quiet
from actors.simulation.trial import Trial
from actors.simulation.world import World
from engine import events as e
from engine.upcasters import FIRST_VERSION, JOURNAL_VERSION
from persistence.journal import Kind

FOLDER = Path(__file__).parent
SEED = 39
"""A small world in which every type of event happens."""
DOMAINS = {domain.kind.value: domain for domain in (QUEUE_DOMAIN, AGENT_DOMAIN)}
VERSIONS = range(FIRST_VERSION, JOURNAL_VERSION + 1)


class Line(msgspec.Struct, frozen=True):
    """One entry of a stream, in words; `fact` is what MessagePack holds in the journal."""

    kind: str
    position: int
    tenant_id: str
    fact: dict[str, Any]

    @property
    def payload(self) -> bytes:
        return msgspec.msgpack.encode(self.fact)


class Ending(msgspec.Struct, frozen=True):
    """What a tenant's entries of one stream lead to: the digest of the state, and some of it for people."""

    kind: str
    tenant_id: str
    entries: int
    position: int
    digest: str


def history(version: int) -> list[Line]:
    """The kept entries of a version."""
    lines = (FOLDER / f"history-{version}.jsonl").read_bytes().splitlines()
    return [msgspec.json.decode(line, type=Line) for line in lines]


def endings(version: int) -> list[Ending]:
    """What was recorded of where a version's history leads."""
    return msgspec.json.decode((FOLDER / f"endings-{version}.json").read_bytes(), type=list[Ending])


def shapes(version: int) -> dict[str, Any]:
    """The kept shapes of a version's events."""
    found: dict[str, Any] = msgspec.json.decode((FOLDER / f"shapes-{version}.json").read_bytes())
    return found


def replayed(lines: list[Line]) -> list[Ending]:
    """Where today's program gets with these entries."""
    states: dict[tuple[str, str], tuple[int, Aggregate]] = {}
    for line in lines:
        key = line.kind, line.tenant_id
        count, state = states.get(key) or (0, DOMAINS[line.kind].new(line.tenant_id))
        state.evolve(e.decode_fact(line.payload), line.position)
        states[key] = count + 1, state
    return [
        Ending(kind, tenant_id, count, state.position, _digest(DOMAINS[kind].dump(state)))
        for (kind, tenant_id), (count, state) in states.items()
    ]


def todays_shapes() -> dict[str, Any]:
    """What today's events hold."""
    return bare_schemas((*get_args(e.Event), e.Cause))


def bare_schemas(types: tuple[Any, ...]) -> dict[str, Any]:
    """JSON schemas of these types and of all that they hold, without descriptions."""
    _, components = msgspec.json.schema_components(types)
    bare = {name: _bare(schema) for name, schema in sorted(components.items())}
    found: dict[str, Any] = msgspec.json.decode(msgspec.json.encode(bare))
    return found


def _bare(schema: Any) -> Any:
    match schema:
        case dict():
            return {key: _bare(value) for key, value in schema.items() if key != "description"}
        case list():
            return [_bare(value) for value in schema]
        case _:
            return schema


def _digest(state: bytes) -> str:
    return blake2b(state, digest_size=16).hexdigest()


def _lived() -> Iterator[Line]:
    world = World(Trial(SEED))
    with quiet():
        run_virtual(world.live())
    for kind, number in sorted(world._store.streams):
        if kind in {Kind.QUEUE, Kind.AGENT}:
            for entry in world._store.streams[kind, number]:
                yield Line(kind.value, entry.position, entry.tenant_id, msgspec.msgpack.decode(entry.payload))


def record() -> None:
    """Write what is missing of today's version, and every version's endings."""
    if not (FOLDER / f"history-{JOURNAL_VERSION}.jsonl").exists():
        lines = b"".join(msgspec.json.encode(line) + b"\n" for line in _lived())
        (FOLDER / f"history-{JOURNAL_VERSION}.jsonl").write_bytes(lines)
        written = msgspec.json.format(msgspec.json.encode(todays_shapes()))
        (FOLDER / f"shapes-{JOURNAL_VERSION}.json").write_bytes(written + b"\n")
    for version in VERSIONS:
        found = b",\n".join(msgspec.json.encode(ending) for ending in replayed(history(version)))
        (FOLDER / f"endings-{version}.json").write_bytes(b"[\n" + found + b"\n]\n")


if __name__ == "__main__":
    record()
