"""What a shard needs of the outside. Production, tests and the seeded world each bring their own."""

from typing import Protocol

from actors.wire import Frame
from persistence.journal import Kind


class Clock(Protocol):
    """Unix time in milliseconds."""

    def now_ms(self) -> int: ...


class Link(Protocol):
    """One peer, as the process that it talks to sees it. Sending never blocks and may lose the frame."""

    def send(self, frame: Frame) -> None:
        """Queue a frame; a peer that is too slow is cut off."""

    @property
    def closed(self) -> bool:
        """Whether nothing will arrive there any more."""


class Peers(Protocol):
    """The owners of partitions, wherever they run."""

    def send(self, kind: Kind, partition: int, frame: Frame) -> None:
        """Send to the owner of a partition, best effort: lost if it cannot be reached."""
