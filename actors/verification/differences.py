"""What differs between two stored states: the places, by ids and names of fields, never the values."""

from collections.abc import Iterator
from itertools import islice

import msgspec

PLACES_MAX = 5
IDENTITIES = ("call_id", "agent_id", "offer_id", "queue_id")
"""By which of its fields an element of a list is named, the first that it has."""


def differing_places(one: bytes, other: bytes) -> str:
    """The first few places where two stored states (MessagePack) differ, in words."""
    places = list(islice(_differences("", _opened(one), _opened(other)), PLACES_MAX + 1))
    named = ", ".join(places[:PLACES_MAX])
    return f"{named} and more" if len(places) > PLACES_MAX else named


def _differences(place: str, one: object, other: object) -> Iterator[str]:
    if isinstance(one, dict) and isinstance(other, dict):
        for key in {**one, **other}:
            inner = f"{place}.{key}" if place else str(key)
            yield from _differences(inner, one.get(key), other.get(key))
    elif isinstance(one, list) and isinstance(other, list):
        ones, others = _by_name(one), _by_name(other)
        same_elements = ones.keys() == others.keys()
        for name in {**ones, **others}:
            yield from _differences(f"{place}[{name}]", ones.get(name), others.get(name))
        if same_elements and list(ones) != list(others):
            yield f"{place} (order)"
    elif one != other:
        yield place


def _by_name(elements: list[object]) -> dict[str, object]:
    return {_name(element, index): element for index, element in enumerate(elements)}


def _name(element: object, index: int) -> str:
    if not isinstance(element, dict):
        return str(index)
    fields = element | element.get("settings", {})
    return next((str(fields[field]) for field in IDENTITIES if field in fields), str(index))


def _opened(value: object) -> object:
    """Plain values; what was stored as bytes inside another state is a state itself."""
    match value:
        case bytes():
            return _opened(msgspec.msgpack.decode(value))
        case dict():
            return {key: _opened(inner) for key, inner in value.items()}
        case list():
            return [_opened(inner) for inner in value]
        case _:
            return value
