"""Saved pictures of the live view, held against pictures that are followed from the journals' first entries."""

import msgspec

from actors.verification.differences import differing_places
from actors.verification.findings import Report
from engine.events import Fact
from engine.livepicture import TenantPicture
from engine.livepicture.stored import content, dump, load
from persistence.journal import Kind, Snapshot


class PictureReplay:
    """One tenant's picture. Facts of the two streams may come in any order; each stream's come in its own."""

    def __init__(self, snapshot: Snapshot) -> None:
        self._snapshot = snapshot
        _, queue_position, agent_position = load(snapshot.tenant_id, snapshot.payload)
        self._followed_to = {Kind.QUEUE: queue_position, Kind.AGENT: agent_position}
        self._picture = TenantPicture(snapshot.tenant_id)

    def hear(self, kind: Kind, fact: Fact, position: int) -> None:
        """A fact of either stream; what came after the picture was saved is no part of it."""
        if position <= self._followed_to[kind]:
            (self._picture.queue_fact if kind is Kind.QUEUE else self._picture.agent_fact)(fact, position)

    def compare(self, report: Report) -> None:
        """At the end of both streams."""
        report.snapshots += 1
        replayed = dump(self._picture, self._followed_to[Kind.QUEUE], self._followed_to[Kind.AGENT])
        saved, followed = (msgspec.msgpack.encode(content(one)) for one in (self._snapshot.payload, replayed))
        if saved != followed:
            places = differing_places(saved, followed)
            sentence = f"The saved picture is not what the two journals lead to: {places}."
            report.add("picture_differs", where_of(self._snapshot), sentence)


def where_of(snapshot: Snapshot) -> str:
    """By which ids a finding names a picture."""
    return f"supervisor stream {snapshot.partition}, {snapshot.tenant_id}"
