"""The shapes of frames between our own processes, kept for each protocol.

    python -m tests.golden.wire

writes those of today's newest protocol. What the release before understands may be written over; `breaks` tells what it
does not understand.
"""

from pathlib import Path
from typing import Any, get_args

import msgspec

from actors.wire import PROTOCOL_NEWEST, Frame
from tests.golden.histories import bare_schemas

FOLDER = Path(__file__).parent


def kept(protocol: int) -> dict[str, Any]:
    """The shapes of a protocol."""
    found: dict[str, Any] = msgspec.json.decode((FOLDER / f"wire-{protocol}.json").read_bytes())
    return found


def todays() -> dict[str, Any]:
    """What today's frames hold."""
    return bare_schemas(get_args(Frame))


def breaks(old: dict[str, Any], new: dict[str, Any]) -> list[str]:
    """What a reader of the old shapes would stumble over: anything but new fields that may be left out."""
    found = [f"{name} is new or gone" for name in sorted(old.keys() ^ new.keys())]
    for name in sorted(old.keys() & new.keys()):
        before, after = old[name], new[name]
        if before != after and not _only_adds(before, after):
            found.append(f"{name} has changed")
    return found


def _only_adds(before: dict[str, Any], after: dict[str, Any]) -> bool:
    """A reader ignores fields that it does not know, except where it refuses them."""
    if before.get("additionalProperties") is False:
        return False
    fields, more = before.get("properties", {}), after.get("properties", {})
    elements, further = before.get("prefixItems", []), after.get("prefixItems", [])
    rest = {"properties", "prefixItems"}
    return (
        {key: value for key, value in before.items() if key not in rest}
        == {key: value for key, value in after.items() if key not in rest}
        and all(more.get(name) == schema for name, schema in fields.items())
        and further[: len(elements)] == elements
    )


if __name__ == "__main__":
    written = msgspec.json.format(msgspec.json.encode(todays()))
    (FOLDER / f"wire-{PROTOCOL_NEWEST}.json").write_bytes(written + b"\n")
