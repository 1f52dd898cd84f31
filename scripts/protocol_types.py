"""The protocol as the browser app's TypeScript sees it, made from the Python structs.

`python -m scripts.protocol_types` writes the file. Fields that the server always sends are required; those that a
client may leave out are optional. A test compares the file that is kept with what this module makes.
"""

import inspect
from collections.abc import Iterable
from enum import EnumMeta
from typing import Any, get_args

import msgspec.inspect as mi

from engine.livepicture import frames, rows, tallies
from engine.refusals import Refusal
from scripts.settings import CHECKOUT
from web import protocol, resources
from web.errors import KINDS, ErrorBody
from web.rest.door import IDEMPOTENCY_HEADER
from web.rest.table import PREFIX
from web.ws.connection import ANSWER_MARGIN_S

FILE = CHECKOUT / "web" / "ui" / "src" / "protocol" / "generated.ts"
LINE_LENGTH = 120

NAMES: dict[type, str] = {frames.LiveDelta: "PictureDelta"}
"""Where two structs have one name, one of them gets another."""

OPAQUE: dict[tuple[type, str], str] = {
    (protocol.LiveSnapshot, "picture"): "LivePicture",
    (protocol.LiveDelta, "delta"): "PictureDelta",
}
"""What the gateway hands through without looking into it."""

CLIENT_SAYS: tuple[type, ...] = (*get_args(protocol.ClientFrame), resources.Credentials, resources.NoteBody)
SERVER_SAYS: tuple[type, ...] = (
    *get_args(protocol.ServerFrame),
    *get_args(frames.LiveFrame),
    resources.CurrentSession,
    resources.Queues,
    resources.Callers,
    resources.NoteView,
    ErrorBody,
)
UNIONS: dict[str, tuple[type, ...]] = {
    "CommandFrame": get_args(protocol.AnyCommandFrame),
    "ClientFrame": get_args(protocol.ClientFrame),
    "ServerFrame": get_args(protocol.ServerFrame),
}
CONSTANTS: dict[str, str | int | float] = {
    "PROTOCOL_VERSION": protocol.PROTOCOL_VERSION,
    "JSON_SUBPROTOCOL": protocol.JSON_SUBPROTOCOL,
    "COMMAND_LIFETIME_MS": protocol.COMMAND_LIFETIME_MS,
    "ANSWER_MARGIN_MS": int(ANSWER_MARGIN_S * 1_000),
    "TALLY_INTERVAL_MS": tallies.INTERVAL_MS,
    "NOTE_CHARACTERS_MAX": resources.NOTE_CHARACTERS_MAX,
    "API_PREFIX": PREFIX,
    "IDEMPOTENCY_HEADER": IDEMPOTENCY_HEADER,
    "NOT_SIGNED_IN_CLOSE_CODE": protocol.CloseCode.NOT_SIGNED_IN,
}


def generate() -> str:
    """The whole file."""
    writer = _Writer()
    for struct in CLIENT_SAYS:
        writer.add(struct, from_server=False)
    for struct in (*SERVER_SAYS, rows.QueueRow, rows.CallRow, rows.AgentRow, rows.TallyRow):
        writer.add(struct, from_server=True)
    codes = sorted({"ok", *KINDS, *(refusal.value for refusal in Refusal)})
    parts = [
        "// Made from the Python structs by `python -m scripts.protocol_types`. Change those, not this file.",
        "\n".join(f"export const {name} = {_literal(value)};" for name, value in CONSTANTS.items()),
        *writer.declarations(),
        *(_union(name, [writer.name_of(struct) for struct in structs]) for name, structs in UNIONS.items()),
        _union("Code", [_literal(code) for code in codes]),
    ]
    return "\n\n".join(parts) + "\n"


class _Writer:
    """Declarations by name, each struct once, whatever refers to it."""

    def __init__(self) -> None:
        self._declared: dict[str, str] = {}

    def declarations(self) -> list[str]:
        return [self._declared[name] for name in sorted(self._declared)]

    def name_of(self, cls: type) -> str:
        return NAMES.get(cls, cls.__name__)

    def add(self, cls: type, *, from_server: bool) -> str:
        """Declare a struct and what it refers to; returns its name."""
        name = self.name_of(cls)
        if name in self._declared:
            return name
        info = mi.type_info(cls)
        assert isinstance(info, mi.StructType)
        self._declared[name] = ""
        if info.array_like:
            items = ", ".join(f"{field.name}: {self._type(field.type, from_server)}" for field in info.fields)
            self._declared[name] = f"{_comment(cls)}export type {name} = readonly [{items}];"
            return name
        always = from_server and not cls.__struct_config__.omit_defaults  # type: ignore[attr-defined]
        lines = [f"  readonly type: {_literal(info.tag)};"] if isinstance(info.tag, str) else []
        for field in info.fields:
            optional = "" if field.required or always else "?"
            written = OPAQUE.get((cls, field.name)) or self._type(field.type, from_server)
            lines.append(f"  readonly {field.encode_name}{optional}: {written};")
        self._declared[name] = f"{_comment(cls)}export interface {name} {{\n" + "\n".join(lines) + "\n}"
        return name

    def _type(self, info: mi.Type, from_server: bool) -> str:  # noqa: FBT001 - a private recursion
        match info:
            case mi.Metadata(type=inner):
                return self._type(inner, from_server)
            case mi.NoneType():
                return "null"
            case mi.BoolType():
                return "boolean"
            case mi.StrType():
                return "string"
            case mi.IntType() | mi.FloatType():
                return "number"
            case mi.LiteralType(values=values):
                return " | ".join(_literal(value) for value in values)
            case mi.EnumType(cls=cls):
                return self._enum(cls)
            case mi.StructType(cls=cls):
                return self.add(cls, from_server=from_server)
            case mi.VarTupleType(item_type=item) | mi.ListType(item_type=item):
                each = self._type(item, from_server)
                return f"readonly ({each})[]" if " " in each else f"readonly {each}[]"
            case mi.DictType(value_type=value):
                return f"Readonly<Record<string, {self._type(value, from_server)}>>"
            case mi.UnionType(types=types):
                return " | ".join(self._type(one, from_server) for one in types)
            case mi.AnyType():
                return "unknown"
            case _:
                raise TypeError(f"{type(info).__name__} has no TypeScript form here; add one.")

    def _enum(self, cls: type) -> str:
        assert isinstance(cls, EnumMeta)
        name = cls.__name__
        values: Iterable[Any] = cls
        self._declared[name] = _comment(cls) + _union(name, [_literal(member.value) for member in values])
        return name


def _union(name: str, members: list[str]) -> str:
    line = f"export type {name} = {' | '.join(members)};"
    if len(line) <= LINE_LENGTH:
        return line
    return f"export type {name} =\n" + "\n".join(f"  | {member}" for member in members) + ";"


def _literal(value: object) -> str:
    return f'"{value}"' if isinstance(value, str) else str(value)


def _comment(cls: type) -> str:
    """The docstring that the class itself has."""
    text = cls.__dict__.get("__doc__")
    if not text:
        return ""
    lines = inspect.cleandoc(text).splitlines()
    if len(lines) == 1:
        return f"/** {lines[0]} */\n"
    return "/**\n" + "\n".join(f" * {line}".rstrip() for line in lines) + "\n */\n"


if __name__ == "__main__":
    FILE.write_text(generate(), encoding="utf-8")
