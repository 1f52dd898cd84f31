"""What old journal entries need before today's program can read them.

Every entry names the version of the journal in which it was written. A change of what any event holds raises
`JOURNAL_VERSION`, and here comes a function for each type of event that cannot be read as it was: from one version to
the next, on plain values. They are kept for as long as such entries may be in a journal.
"""

from collections.abc import Callable, Mapping
from typing import Any

import msgspec

FIRST_VERSION = 1
"""Of entries that name none."""
JOURNAL_VERSION = 1

Plain = dict[str, Any]
Upcaster = Callable[[Plain], Plain]

UPCASTERS: Mapping[tuple[int, str], Upcaster] = {}
"""By the version that they lead away from and the type of the event; each takes and gives a whole fact."""


class _Written(msgspec.Struct, frozen=True):
    version: int = FIRST_VERSION


_decoder = msgspec.msgpack.Decoder(_Written)


def written_in(payload: bytes) -> int:
    """The version in which an entry was written. Raises `msgspec.DecodeError` for what is no entry."""
    return _decoder.decode(payload).version


def upcast(
    payload: bytes, *, today: int = JOURNAL_VERSION, upcasters: Mapping[tuple[int, str], Upcaster] = UPCASTERS
) -> Plain:
    """An older entry as today's program would have written it.

    Raises `msgspec.ValidationError` for one that a newer program wrote: it may hold what nobody here knows of.
    """
    version = written_in(payload)
    if version > today:
        raise msgspec.ValidationError(f"written in version {version} of the journal, this program reads up to {today}")
    fact: Plain = msgspec.msgpack.decode(payload)
    for step in range(version, today):
        change = upcasters.get((step, fact["event"]["type"]))
        if change is not None:
            fact = change(fact)
    return fact
