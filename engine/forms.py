"""Which form of a state a snapshot holds.

Every stored state names the version of its form. A program of another version does not trust it: a field that was added
since would be missing, where a replay of the journal fills it. It makes the state anew from the journal's first entry;
only where retention has dropped that entry is the older form all there is, and its missing fields take their defaults.

A version is raised with every change of what a state holds, or of what events make of it.
"""

import msgspec

UNNAMED = 0
"""The form of a snapshot that names none: it was saved before they did."""


class _Form(msgspec.Struct, frozen=True):
    version: int = UNNAMED


_decoder = msgspec.msgpack.Decoder(_Form)


def version_of(payload: bytes) -> int:
    """The version of the form that a stored state has. Raises `msgspec.MsgspecError` for what is no stored state."""
    return _decoder.decode(payload).version
