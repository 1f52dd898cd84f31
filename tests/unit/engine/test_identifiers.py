"""What may stand in an id or a label at every door: nothing that a log line or a key could be split by."""

from typing import Any

import msgspec
import pytest

from engine.commands import Id, Label


@pytest.mark.parametrize("shape", [Id, Label])
@pytest.mark.parametrize("tail", ["\n", "\r\n", " ", "\x00", "/\n"])
def test_id_with_something_behind_it_then_refused(shape: Any, tail: str) -> None:
    with pytest.raises(msgspec.ValidationError):
        msgspec.convert("north-1" + tail, shape)


@pytest.mark.parametrize("shape", [Id, Label])
def test_id_of_allowed_letters_then_taken_as_it_is(shape: Any) -> None:
    assert msgspec.convert("north-1", shape) == "north-1"
