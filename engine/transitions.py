"""Transition tables: which event may follow in which state. A missing key is the error.

`docs/ARCHITECTURE.md` shows diagrams drawn from these tables; a test holds the two against each other.
"""

from collections.abc import Mapping
from enum import StrEnum
from typing import TypeVar

import msgspec

S = TypeVar("S", bound=StrEnum)
Table = Mapping[tuple[S, type[msgspec.Struct]], S]


def successor(table: Table[S], state: S, event: type[msgspec.Struct]) -> S | None:
    """The state after `event`, or None where the table has no such row."""
    return table.get((state, event))


def mermaid(table: Table[S]) -> str:
    """The table as a Mermaid state diagram, one line a row."""
    rows = [
        f"    {source.value} --> {target.value}: {event.__struct_config__.tag}"
        for (source, event), target in table.items()
    ]
    return "\n".join(["stateDiagram-v2", *rows])
