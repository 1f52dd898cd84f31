"""A switchboard at rest: everything that cannot be derived from the rest, as MessagePack."""

from typing import Any

import msgspec

from engine import messages as m
from engine.call import Call, CallState
from engine.forms import UNNAMED
from engine.line import Line
from engine.outcomes import Outcomes
from engine.settings import QueueSettings
from engine.switchboard.board import OFFER_GRACE_MS, Switchboard, make_offer
from engine.switchboard.calls import Calls

VERSION = 1
"""Of the owner's stored form: `engine.forms` says what a change of it asks for."""


class CallsSnapshot(msgspec.Struct, frozen=True, kw_only=True):
    """A replica's stored form. `steps_ms`: by queue, the moving average of its line and when it last moved."""

    tenant_id: str
    position: int
    queues: tuple[QueueSettings, ...]
    calls: tuple[Call, ...]
    steps_ms: dict[str, tuple[float | None, int]]


class SwitchboardSnapshot(CallsSnapshot, frozen=True, kw_only=True):
    """The owner's stored form: a replica reads the part that is for it."""

    releases: tuple[m.ReleaseOffer, ...]
    ended: tuple[tuple[str, int], ...]
    outcomes: bytes
    version: int = UNNAMED


_encoder = msgspec.msgpack.Encoder()
_decoder = msgspec.msgpack.Decoder(SwitchboardSnapshot)
_replica_decoder = msgspec.msgpack.Decoder(CallsSnapshot)


def dump_replica(replica: Calls) -> bytes:
    """MessagePack of what is true, without what an owner owes."""
    return _encoder.encode(CallsSnapshot(**_truth(replica)))


def load_replica(payload: bytes) -> Calls:
    """A replica, from what `dump_replica` gave or from an owner's `dump`."""
    snapshot = _replica_decoder.decode(payload)
    replica = Calls(snapshot.tenant_id)
    _restore(replica, snapshot)
    return replica


def dump(board: Switchboard) -> bytes:
    """MessagePack of the whole state."""
    return _encoder.encode(
        SwitchboardSnapshot(
            **_truth(board),
            releases=tuple(board.releases.values()),
            ended=tuple((call_id, until_ms) for call_id, until_ms, _ in board.ended.items()),
            outcomes=board.outcomes.dump(),
            version=VERSION,
        )
    )


def load(payload: bytes) -> Switchboard:
    """The inverse of `dump`: indexes are rebuilt."""
    snapshot = _decoder.decode(payload)
    board = Switchboard(snapshot.tenant_id)
    _restore(board, snapshot)
    board.releases = {release.offer_id: release for release in snapshot.releases}
    for release in snapshot.releases:
        board.steps.open(release.offer_id, release)
    for call_id, until_ms in snapshot.ended:
        board.ended.remember(call_id, value=True, until_ms=until_ms)
    board.outcomes = Outcomes.load(snapshot.outcomes)
    for call in snapshot.calls:
        _rebuild(board, call)
    return board


def _truth(replica: Calls) -> dict[str, Any]:
    """The fields of a `CallsSnapshot`."""
    return {
        "tenant_id": replica.tenant_id,
        "position": replica.position,
        "queues": tuple(replica.queues.values()),
        "calls": tuple(replica.calls.values()),
        "steps_ms": {queue_id: (line.step_ms, line.moved_at_ms) for queue_id, line in replica.lines.items()},
    }


def _restore(replica: Calls, snapshot: CallsSnapshot) -> None:
    replica.position = snapshot.position
    replica.queues = {settings.queue_id: settings for settings in snapshot.queues}
    replica.calls = {call.call_id: call for call in snapshot.calls}
    replica.lines = {queue_id: Line(*stats) for queue_id, stats in snapshot.steps_ms.items()}
    for call in snapshot.calls:
        if call.state is CallState.WAITING:
            replica.line_of(call).add(call)


def _rebuild(board: Switchboard, call: Call) -> None:
    """What an owner owes because of one call."""
    if call.winner is not None:
        board.offers[call.winner.offer_id] = call.call_id
    if call.group is not None:
        offer = call.group.offers[0]
        board.offers[offer.offer_id] = call.call_id
        board.steps.open(offer.offer_id, make_offer(call))
        board.deadlines.set(call.call_id, call.group.deadline_ms + OFFER_GRACE_MS)
