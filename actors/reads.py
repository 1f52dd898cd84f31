"""Pages of what an owner holds, for REST and for screens that start."""

from collections.abc import Iterable, Mapping
from typing import TypeVar

from actors.wire import Read, ReadResult
from engine.roster import Roster
from engine.switchboard import Switchboard

PAGE_ITEMS_MAX = 200

T = TypeVar("T")


def answer(aggregate: object, epoch: int, read: Read) -> ReadResult:
    """One page of queues, calls or agents, ordered by id."""
    match aggregate, read.what:
        case Switchboard(), "queues":
            queues, more = _page(aggregate.queues, read)
            return ReadResult(read.tenant_id, epoch, read.request_id, queues=queues, more=more)
        case Switchboard(), "calls":
            calls, more = _page(aggregate.calls, read)
            return ReadResult(read.tenant_id, epoch, read.request_id, calls=calls, more=more)
        case Switchboard(), "call":
            found = aggregate.calls.get(read.after)
            return ReadResult(read.tenant_id, epoch, read.request_id, calls=(found,) if found is not None else ())
        case Roster(), "agents":
            agents, more = _page(aggregate.agents, read)
            return ReadResult(read.tenant_id, epoch, read.request_id, agents=agents, more=more)
        case Roster(), "agent":
            agent = aggregate.agents.get(read.after)
            return ReadResult(read.tenant_id, epoch, read.request_id, agents=(agent,) if agent is not None else ())
        case _:
            return ReadResult(read.tenant_id, epoch, read.request_id)


def _page(items: Mapping[str, T], read: Read) -> tuple[tuple[T, ...], bool]:
    keys: Iterable[str] = sorted(key for key in items if key > read.after)
    limit = max(1, min(read.limit, PAGE_ITEMS_MAX))
    chosen = list(keys)[: limit + 1]
    return tuple(items[key] for key in chosen[:limit]), len(chosen) > limit
