"""A switchboard at rest: everything that cannot be derived from the rest, as MessagePack."""

import msgspec

from engine import messages as m
from engine.call import Call, CallState
from engine.line import Line
from engine.outcomes import Outcomes
from engine.settings import QueueSettings
from engine.switchboard.board import OFFER_GRACE_MS, Switchboard, make_offer


class SwitchboardSnapshot(msgspec.Struct, frozen=True):
    """The stored form. `steps_ms`: by queue, the moving average of its line and when it last moved."""

    tenant_id: str
    position: int
    queues: tuple[QueueSettings, ...]
    calls: tuple[Call, ...]
    steps_ms: dict[str, tuple[float | None, int]]
    releases: tuple[m.ReleaseOffer, ...]
    ended: tuple[tuple[str, int], ...]
    outcomes: bytes


_encoder = msgspec.msgpack.Encoder()
_decoder = msgspec.msgpack.Decoder(SwitchboardSnapshot)


def dump(board: Switchboard) -> bytes:
    """MessagePack of the whole state."""
    return _encoder.encode(
        SwitchboardSnapshot(
            tenant_id=board.tenant_id,
            position=board.position,
            queues=tuple(board.queues.values()),
            calls=tuple(board.calls.values()),
            steps_ms={queue_id: (line.step_ms, line.moved_at_ms) for queue_id, line in board.lines.items()},
            releases=tuple(board.releases.values()),
            ended=tuple((call_id, until_ms) for call_id, until_ms, _ in board.ended.items()),
            outcomes=board.outcomes.dump(),
        )
    )


def load(payload: bytes) -> Switchboard:
    """The inverse of `dump`: indexes are rebuilt."""
    snapshot = _decoder.decode(payload)
    board = Switchboard(snapshot.tenant_id)
    board.position = snapshot.position
    board.queues = {settings.queue_id: settings for settings in snapshot.queues}
    board.lines = {queue_id: Line(*stats) for queue_id, stats in snapshot.steps_ms.items()}
    board.releases = {release.offer_id: release for release in snapshot.releases}
    for release in snapshot.releases:
        board.steps.open(release.offer_id, release)
    for call_id, until_ms in snapshot.ended:
        board.ended.remember(call_id, value=True, until_ms=until_ms)
    board.outcomes = Outcomes.load(snapshot.outcomes)
    for call in snapshot.calls:
        _rebuild(board, call)
    return board


def _rebuild(board: Switchboard, call: Call) -> None:
    board.calls[call.call_id] = call
    if call.state is CallState.WAITING:
        board.line_of(call).add(call)
    if call.winner is not None:
        board.offers[call.winner.offer_id] = call.call_id
    if call.group is not None:
        offer = call.group.offers[0]
        board.offers[offer.offer_id] = call.call_id
        board.steps.open(offer.offer_id, make_offer(call))
        board.deadlines.set(call.call_id, call.group.deadline_ms + OFFER_GRACE_MS)
