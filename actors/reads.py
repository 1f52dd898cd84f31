"""Pages of what an owner holds, for REST and for screens that start."""

from collections.abc import Mapping
from heapq import nsmallest
from typing import TypeVar

import msgspec

from actors.wire import CHUNK_BYTES_MAX, Read, ReadResult
from engine.roster import Roster
from engine.switchboard import Switchboard

PAGE_ITEMS_MAX = 200

_encoder = msgspec.msgpack.Encoder()

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
    """As many as were asked for, and as fit into one frame."""
    limit = max(1, min(read.limit, PAGE_ITEMS_MAX))
    keys = nsmallest(limit + 1, (key for key in items if key > read.after))
    page: list[T] = []
    room = CHUNK_BYTES_MAX
    for key in keys[:limit]:
        room -= len(_encoder.encode(items[key]))
        if page and room < 0:
            break
        page.append(items[key])
    return tuple(page), len(keys) > len(page)
