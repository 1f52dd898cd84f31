"""A tenant's picture at rest: both replicas and what only the picture remembers, as MessagePack.

The two positions say how far the *partition's* streams had been followed. They may be ahead of the replicas', which
stand at their tenant's own last fact.
"""

import msgspec
from msgspec.structs import astuple, replace

from engine.forms import UNNAMED
from engine.livepicture.days import AgentDay
from engine.livepicture.picture import TenantPicture
from engine.livepicture.rows import TallyRow
from engine.livepicture.tallies import Tallies
from engine.roster import snapshot as roster_snapshot
from engine.switchboard import snapshot as board_snapshot

VERSION = 1
"""Of the stored form: `engine.forms` says what a change of it asks for."""


class StoredPicture(msgspec.Struct, frozen=True):
    """The stored form. `tallies`: queue and numbers of each row, in the order of its fields, up to `newest_ms`."""

    queue_position: int
    agent_position: int
    board: bytes
    roster: bytes
    tallies: tuple[tuple[str, tuple[int, ...]], ...]
    newest_ms: int
    agent_days: dict[str, AgentDay]
    rung_at_ms: dict[str, int]
    version: int = UNNAMED


_encoder = msgspec.msgpack.Encoder()
_decoder = msgspec.msgpack.Decoder(StoredPicture)


def dump(picture: TenantPicture, queue_position: int, agent_position: int) -> bytes:
    """MessagePack of the whole state; what was shown last is no part of it."""
    return _encoder.encode(
        StoredPicture(
            queue_position=queue_position,
            agent_position=agent_position,
            board=board_snapshot.dump_replica(picture.board),
            roster=roster_snapshot.dump_replica(picture.roster),
            tallies=tuple((row.queue_id, astuple(row)[1:]) for row in picture.tallies),
            newest_ms=picture.tallies.newest_ms,
            agent_days=picture.agent_days,
            rung_at_ms=picture.rung_at_ms,
            version=VERSION,
        )
    )


def load(tenant_id: str, payload: bytes) -> tuple[TenantPicture, int, int]:
    """The inverse of `dump`: the picture, with nothing shown yet, and both positions."""
    stored = _decoder.decode(payload)
    rows = tuple(TallyRow(queue_id, *numbers) for queue_id, numbers in stored.tallies)
    picture = TenantPicture(
        tenant_id,
        board=board_snapshot.load_replica(stored.board),
        roster=roster_snapshot.load_replica(stored.roster),
        tallies=Tallies(rows, stored.newest_ms),
        agent_days=stored.agent_days,
        rung_at_ms=stored.rung_at_ms,
    )
    return picture, stored.queue_position, stored.agent_position


def content(payload: bytes) -> object:
    """What two stored pictures have in common if they are the same, whichever stream was read first."""
    stored = _decoder.decode(payload)
    return replace(stored, tallies=tuple(sorted(stored.tallies)))
