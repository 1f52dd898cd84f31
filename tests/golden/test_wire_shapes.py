"""Frames between releases: nothing that the release before would stumble over without another protocol."""

from typing import Any

import pytest

from actors.wire import PROTOCOL_NEWEST
from tests.golden.wire import breaks, kept, todays


def test_frames_of_today_then_whoever_speaks_this_protocol_reads_them() -> None:
    """Whoever sees this fail: raise `PROTOCOL_NEWEST`, keep its shapes, send the new only on links that speak it."""
    assert breaks(kept(PROTOCOL_NEWEST), todays()) == []


def test_frames_of_today_then_they_are_kept_as_they_are() -> None:
    """Whoever sees this fail alone has added what may be left out: run `python -m tests.golden.wire`."""
    assert todays() == kept(PROTOCOL_NEWEST)


def shape(required: list[str], *, strict: bool = False, **properties: str) -> dict[str, Any]:
    fields = {name: {"type": type_} for name, type_ in properties.items()}
    return {"Held": {"type": "object", "properties": fields, "required": required, "additionalProperties": not strict}}


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (shape(["a"], a="string"), shape(["a"], a="integer")),
        (shape(["a"], a="string"), shape(["a", "b"], a="string", b="string")),
        (shape(["a"], a="string", b="string"), shape(["a"], a="string")),
        (shape(["a"], strict=True, a="string"), shape(["a"], strict=True, a="string", b="string")),
        ({"Held": {"prefixItems": [1, 2]}}, {"Held": {"prefixItems": [1, 3]}}),
    ],
)
def test_shape_is_another_then_it_is_named(old: dict[str, Any], new: dict[str, Any]) -> None:
    assert breaks(old, new) == ["Held has changed"]


def test_frame_is_new_then_it_is_named() -> None:
    assert breaks({}, shape([])) == ["Held is new or gone"]


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (shape(["a"], a="string"), shape(["a"], a="string", b="string")),
        ({"Held": {"prefixItems": [1, 2]}}, {"Held": {"prefixItems": [1, 2, 3]}}),
    ],
)
def test_field_that_may_be_left_out_then_the_protocol_stays(old: dict[str, Any], new: dict[str, Any]) -> None:
    assert breaks(old, new) == []
