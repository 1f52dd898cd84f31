"""The wire between processes: one closed union of frames, MessagePack, a protocol version.

Order holds on one link, nothing else does: frames are lost with their link, and whoever needs an answer asks again.
`epoch` is the sender's incarnation for the tenant's partition (0: the sender owns nothing); a receiver refuses frames
of an epoch older than it has seen.
"""

from collections.abc import Sequence

import msgspec

from engine.agent import Agent
from engine.call import Call
from engine.commands import Command, Outcome
from engine.messages import Message, RenewLeases
from engine.settings import QueueSettings
from persistence.journal import Kind

PROTOCOL_OLDEST = 1
PROTOCOL_NEWEST = 1
"""What this program speaks; both ends of a link agree on the newest that both know (`links.handshake`).

A field that a reader may leave out and an older one ignores is no change of the protocol. Another frame, message or
command is: a closed union refuses what it does not know. It is sent only on links that speak its version, and
`PROTOCOL_OLDEST` follows one release later, so that two releases next to each other always understand each other.
"""
FRAME_BYTES_MAX = 64 * 1024
CHUNK_BYTES_MAX = 48 * 1024
"""Larger payloads travel in chunks of this size, so that no frame exceeds `FRAME_BYTES_MAX`."""
FACT_BYTES_OVERHEAD = 16
"""What a fact takes in a frame beside its payload and its tenant's id."""


class Envelope(msgspec.Struct, frozen=True, tag="env"):
    """A command, an outcome, or a message between owners, for the partition in which `tenant_id` lives."""

    tenant_id: str
    epoch: int
    body: Command | Outcome | Message


class Subscribe(msgspec.Struct, frozen=True, tag="sub"):
    """Follow a partition from `after`; None asks for the state as it is now.

    `request` is echoed by the answer, so that its pieces are told apart from those of an earlier one. `journal`: the
    follower reads what it missed from the journal by itself and never wants a snapshot.
    """

    partition: int
    request: int
    after: int | None
    journal: bool = False


class FeedChunk(msgspec.Struct, frozen=True, tag="chunk"):
    """A piece of one tenant's state; `more` until its last piece."""

    partition: int
    epoch: int
    request: int
    tenant_id: str
    payload: bytes
    more: bool


class FeedReady(msgspec.Struct, frozen=True, tag="ready"):
    """The state that was sent stands at `position`; what follows continues from there. `reset`: it replaces all."""

    partition: int
    epoch: int
    request: int
    position: int
    reset: bool


class FeedFacts(msgspec.Struct, frozen=True, tag="facts"):
    """Facts from position `after + 1` on, each with its tenant; an empty list is a heartbeat."""

    partition: int
    epoch: int
    after: int
    facts: tuple[tuple[str, bytes], ...]


class WatchAgents(msgspec.Struct, frozen=True, tag="watch_agents"):
    """Send a frame for each of these agents now and after every change."""

    tenant_id: str
    agent_ids: tuple[str, ...]


class WatchCalls(msgspec.Struct, frozen=True, tag="watch_calls"):
    """Send a frame for each of these calls now and after every change."""

    tenant_id: str
    call_ids: tuple[str, ...]


class AgentFrame(msgspec.Struct, frozen=True, tag="agent"):
    """One agent as of now. Frames of one agent have rising versions; each replaces the one before."""

    tenant_id: str
    epoch: int
    agent_id: str
    agent: Agent | None


class CallFrame(msgspec.Struct, frozen=True, tag="call"):
    """One call as of now; None once it has ended. `position` in line, 1 is next, while it waits."""

    tenant_id: str
    epoch: int
    call_id: str
    call: Call | None
    position: int | None = None
    ewt_s: float | None = None


class Read(msgspec.Struct, frozen=True, tag="read"):
    """Ask for a tenant's queues and calls, or agents, in pages ordered by id."""

    tenant_id: str
    request_id: str
    what: str
    after: str = ""
    limit: int = 200


class ReadResult(msgspec.Struct, frozen=True, tag="read_result"):
    """One page; `more` says that another follows."""

    tenant_id: str
    epoch: int
    request_id: str
    queues: tuple[QueueSettings, ...] = ()
    calls: tuple[Call, ...] = ()
    agents: tuple[Agent, ...] = ()
    more: bool = False


class Live(msgspec.Struct, frozen=True, tag="live"):
    """A piece of the supervisor's picture of one tenant, as bytes that gateways pass on; `more` until the last."""

    tenant_id: str
    request_id: str
    position: int
    payload: bytes
    more: bool


class ReadLive(msgspec.Struct, frozen=True, tag="read_live"):
    """Ask the supervisor for a tenant's whole picture."""

    tenant_id: str
    request_id: str


class NotOwner(msgspec.Struct, frozen=True, tag="not_owner"):
    """The partition has another owner (by now): look in the directory again."""

    kind: Kind
    partition: int


Frame = (
    Envelope
    | Subscribe
    | FeedChunk
    | FeedReady
    | FeedFacts
    | WatchAgents
    | WatchCalls
    | AgentFrame
    | CallFrame
    | Read
    | ReadResult
    | Live
    | ReadLive
    | NotOwner
)

_encoder = msgspec.msgpack.Encoder()
_decoder = msgspec.msgpack.Decoder(tuple[Frame, ...])


def is_answered(frame: Frame) -> bool:
    """Whether a living peer has something to say to this frame in any case."""
    return not (isinstance(frame, Envelope) and isinstance(frame.body, RenewLeases))


def encode(frames: tuple[Frame, ...]) -> bytes:
    """Several frames as one websocket message."""
    return _encoder.encode(frames)


def decode(payload: bytes) -> tuple[Frame, ...]:
    """Raises `msgspec.DecodeError` or `ValidationError` for what is not this protocol."""
    return _decoder.decode(payload)


def pages(facts: Sequence[tuple[str, bytes]]) -> list[tuple[tuple[str, bytes], ...]]:
    """Facts in runs that fit into one frame each."""
    found: list[list[tuple[str, bytes]]] = []
    room = 0
    for tenant_id, payload in facts:
        size = len(payload) + len(tenant_id.encode()) + FACT_BYTES_OVERHEAD
        if size > room:
            found.append([])
            room = CHUNK_BYTES_MAX
        found[-1].append((tenant_id, payload))
        room -= size
    return [tuple(page) for page in found]


def chunks(payload: bytes) -> list[tuple[bytes, bool]]:
    """A payload in pieces, each with whether more follow."""
    pieces = [payload[at : at + CHUNK_BYTES_MAX] for at in range(0, len(payload), CHUNK_BYTES_MAX)] or [b""]
    return [(piece, index < len(pieces) - 1) for index, piece in enumerate(pieces)]
