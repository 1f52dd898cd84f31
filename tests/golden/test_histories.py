"""Old entries and today's program: each is read and leads where it led, and no event changes its shape in silence."""

from typing import Any, get_args

import msgspec
import pytest

from engine import events as e
from engine.principals import SYSTEM
from engine.upcasters import FIRST_VERSION, JOURNAL_VERSION, UPCASTERS, upcast, written_in
from tests.golden.histories import VERSIONS, Line, endings, history, replayed, shapes, todays_shapes

TAGS = {str(type_.__struct_config__.tag) for type_ in get_args(e.Event)}


@pytest.mark.parametrize("version", VERSIONS)
def test_history_of_a_version_then_it_leads_where_it_led(version: int) -> None:
    assert replayed(history(version)) == endings(version)


@pytest.mark.parametrize("version", VERSIONS)
def test_history_of_a_version_then_each_entry_is_as_it_was_written(version: int) -> None:
    assert {written_in(line.payload) for line in history(version)} == {version}


def test_history_of_today_then_every_type_of_event_is_in_it_as_today_writes_it() -> None:
    lines = history(JOURNAL_VERSION)
    assert {line.fact["event"]["type"] for line in lines} == TAGS
    assert [line.payload for line in lines] == [e.encode_fact(e.decode_fact(line.payload)) for line in lines]


def test_events_of_today_then_they_have_the_shape_of_their_version() -> None:
    """Whoever sees this fail: raise `JOURNAL_VERSION`, write upcasters, run `python -m tests.golden.histories`."""
    assert todays_shapes() == shapes(JOURNAL_VERSION)


def test_upcasters_then_each_leads_away_from_a_version_before_todays() -> None:
    assert all(FIRST_VERSION <= version < JOURNAL_VERSION and tag for version, tag in UPCASTERS)


def line_of(version: int | None = None, **event: Any) -> bytes:
    fact: dict[str, Any] = {"at_ms": 5, "cause": [["system", "engine"]], "event": event}
    return Line("queue", 1, "ash", fact | ({"version": version} if version is not None else {})).payload


def renamed(fact: dict[str, Any]) -> dict[str, Any]:
    return fact | {"event": {"type": "call_held", "call_id": fact["event"]["call"]}}


def marked(fact: dict[str, Any]) -> dict[str, Any]:
    return fact | {"event": fact["event"] | {"marked": True}}


def test_entry_is_two_versions_old_then_it_goes_through_both_steps() -> None:
    steps = {(1, "call_parked"): renamed, (2, "call_held"): marked, (2, "call_parked"): renamed}
    fact = upcast(line_of(type="call_parked", call="k1"), today=3, upcasters=steps)
    assert fact["event"] == {"type": "call_held", "call_id": "k1", "marked": True}
    assert msgspec.convert(fact, e.Fact) == e.Fact(5, e.Cause(SYSTEM), e.CallHeld("k1"))


def test_entry_needs_no_step_then_it_stays_as_it_was() -> None:
    assert upcast(line_of(2, type="call_held", call_id="k1"), today=3, upcasters={})["event"]["call_id"] == "k1"


def test_entry_of_a_newer_program_then_refused_by_its_version() -> None:
    with pytest.raises(msgspec.ValidationError, match=f"version {JOURNAL_VERSION + 1} of the journal"):
        e.decode_fact(line_of(JOURNAL_VERSION + 1, type="call_held", call_id="k1"))


def test_fact_of_today_then_it_reads_as_it_was_written_and_without_a_first_version() -> None:
    fact = e.Fact(5, e.Cause(SYSTEM), e.CallHeld("k1"))
    assert e.decode_fact(e.encode_fact(fact)) == fact
    assert ("version" in msgspec.msgpack.decode(e.encode_fact(fact))) is (JOURNAL_VERSION > FIRST_VERSION)
