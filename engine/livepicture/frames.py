"""The two frames of the live view: the whole picture, and what has changed since the frame before.

How a reader stays right:

- Frames of one `epoch` are numbered by `position`. A delta continues a picture if its position is the next one.
- A delta with a position already seen says nothing new; one further on means that something was lost. A delta of a
  higher epoch (a decimal number) comes from a new incarnation. In both cases ask for the whole picture again.
- A delta of a lower epoch comes from an incarnation that does not know yet that it was replaced: drop it.
- An empty delta is a heartbeat: the picture is as of `at_ms`. Without one for some seconds the picture is stale.

Rows in a delta replace those with the same key; the keys in `..._gone` are no more.
"""

from collections.abc import Iterable
from typing import Protocol, TypeVar

import msgspec

from engine.livepicture.rows import AgentRow, CallRow, QueueRow, TallyRow


class Row(Protocol):
    @property
    def key(self) -> str: ...


R = TypeVar("R", bound=Row)


class LivePicture(msgspec.Struct, frozen=True, tag="live_picture"):
    """All that the live view shows, rows ordered by key. `at_ms`: as of when, on the supervisor's clock."""

    epoch: str
    position: int
    at_ms: int
    queues: tuple[QueueRow, ...] = ()
    calls: tuple[CallRow, ...] = ()
    agents: tuple[AgentRow, ...] = ()
    tallies: tuple[TallyRow, ...] = ()


class LiveDelta(msgspec.Struct, frozen=True, tag="live_delta", omit_defaults=True):
    """What has changed since `position - 1`."""

    epoch: str
    position: int
    at_ms: int
    queues: tuple[QueueRow, ...] = ()
    calls: tuple[CallRow, ...] = ()
    agents: tuple[AgentRow, ...] = ()
    tallies: tuple[TallyRow, ...] = ()
    queues_gone: tuple[str, ...] = ()
    calls_gone: tuple[str, ...] = ()
    agents_gone: tuple[str, ...] = ()
    tallies_gone: tuple[str, ...] = ()


LiveFrame = LivePicture | LiveDelta

_encoder = msgspec.msgpack.Encoder()
_decoder: msgspec.msgpack.Decoder[LiveFrame] = msgspec.msgpack.Decoder(LiveFrame)


def encode(frame: LiveFrame) -> bytes:
    return _encoder.encode(frame)


def decode(payload: bytes) -> LiveFrame:
    """Raises `msgspec.DecodeError` or `ValidationError` for what is not such a frame."""
    return _decoder.decode(payload)


def follows(picture: LivePicture, delta: LiveDelta) -> bool:
    """Whether this delta is the next one for this picture."""
    return delta.epoch == picture.epoch and delta.position == picture.position + 1


def apply(picture: LivePicture, delta: LiveDelta) -> LivePicture:
    """The picture after a delta that `follows` it."""
    return LivePicture(
        delta.epoch,
        delta.position,
        delta.at_ms,
        queues=merged(picture.queues, delta.queues, delta.queues_gone),
        calls=merged(picture.calls, delta.calls, delta.calls_gone),
        agents=merged(picture.agents, delta.agents, delta.agents_gone),
        tallies=merged(picture.tallies, delta.tallies, delta.tallies_gone),
    )


def merged(rows: tuple[R, ...], upserts: tuple[R, ...], gone: tuple[str, ...]) -> tuple[R, ...]:
    """Rows with some replaced or added and some removed."""
    if not upserts and not gone:
        return rows
    found = {row.key: row for row in (*rows, *upserts)}
    return ordered(row for key, row in found.items() if key not in gone)


def ordered(rows: Iterable[R]) -> tuple[R, ...]:
    """Rows by key."""
    return tuple(sorted(rows, key=lambda row: row.key))
