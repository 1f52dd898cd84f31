"""The mornings of the demonstration: they fit the clinic that they are played on, and nobody in them is real."""

import msgspec
import phonenumbers
import pytest

from benchmarks.replay.fictional import NUMBERS, number_of
from benchmarks.replay.figures import figures
from benchmarks.replay.ideal import Ideal
from benchmarks.replay.synthetic import make_trace
from scripts.cli.run import run
from scripts.demo_engine import QUEUES, served
from scripts.demo_mornings import MORNING, SKILLS, SPEED, WRAP_UP_S, enqueue
from scripts.errors import OperatorError
from web.protocol import Caller


def test_calls_then_they_go_to_queues_of_the_clinic_and_have_names_and_numbers() -> None:
    bodies = [enqueue(number, call) for number, call in enumerate(make_trace(MORNING, 1).calls)]
    assert {body["queue_id"] for body in bodies} == set(QUEUES)
    assert len({msgspec.convert(body["caller"], Caller).name for body in bodies}) > 50


def test_made_up_agents_then_every_queue_is_served_by_some() -> None:
    assert {queue_id for skills in SKILLS.values() for queue_id in served(skills)} == set(QUEUES)


def test_numbers_then_all_of_the_range_that_is_kept_for_drama() -> None:
    numbers = {number_of(person) for person in range(NUMBERS)}
    assert len(numbers) == NUMBERS
    assert all(number.startswith("+447700900") for number in numbers)
    assert all(phonenumbers.is_possible_number(phonenumbers.parse(number)) for number in numbers)


def test_morning_then_a_line_builds_up_and_drains_and_some_give_up() -> None:
    trace = make_trace(MORNING, 1)
    everybody = msgspec.structs.replace(trace, agents=tuple(map(anything, trace.agents)))
    told = figures(Ideal(everybody, wrap_up_s=WRAP_UP_S, credit_s=0.0).run(float("inf")))
    assert told.longest_line >= 5
    assert told.abandonment is not None
    assert 0.01 < told.abandonment < 0.3
    assert told.occupancy is not None
    assert 0.6 < told.occupancy < 0.97
    assert SPEED > 1


def anything(agent: msgspec.Struct) -> msgspec.Struct:
    return msgspec.structs.replace(agent, skills=tuple(QUEUES))


def test_demo_on_a_named_database_then_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STROWGER_DATABASE_URL", "postgresql://owner@db/strowger")
    with pytest.raises(OperatorError, match="--demo plays on the demonstration clinic"):
        run(demo=True)
