"""Scenario files: the example of the documentation, and what is refused by the name of its field."""

import re
from pathlib import Path

import pytest

from benchmarks.simulate.drawn import plan_of
from benchmarks.simulate.scenario import Scenario, ScenarioError, read_scenario
from tests.tidy.tree import ROOT

SMALL = """
name = "Small"
[[queues]]
id = "desk"
calls = [10, 20]
service = { kind = "exponential", mean_s = 180 }
[[agents]]
name = "ann"
shifts = ["08:00-09:00"]
"""


def read(tmp_path: Path, text: str) -> Scenario:
    file = tmp_path / "scenario.toml"
    file.write_text(text, encoding="utf-8")
    return read_scenario(file)


def example() -> str:
    """The scenario that the documentation shows."""
    found = re.search(r"```toml\n(.*?)```", (ROOT / "docs" / "SIMULATION.md").read_text(encoding="utf-8"), re.DOTALL)
    assert found is not None
    return found[1]


def test_example_of_the_documentation_then_it_is_a_scenario(tmp_path: Path) -> None:
    scenario = read(tmp_path, example())
    plan = plan_of(scenario, 1)
    assert [queue.queue_id for queue in plan.queues] == ["desk", "welsh"]
    assert [agent.agent_id for agent in plan.agents] == ["early-1", "early-2", "early-3", "early-4", "rhian"]
    assert [queue.wrap_up_s for queue in plan.queues] == [20.0, 30.0]
    assert {caller.queue_id for caller in plan.callers} == {"desk", "welsh"}


def test_same_seed_then_the_same_callers_and_another_seed_others(tmp_path: Path) -> None:
    scenario = read(tmp_path, example())
    assert plan_of(scenario, 1).callers == plan_of(scenario, 1).callers
    assert plan_of(scenario, 1).callers != plan_of(scenario, 2).callers


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        (("name =", "nmae ="), "the file: object contains unknown field `nmae`"),
        (("calls = [10, 20]", 'calls = ["ten"]'), "queues[0].calls[0]: expected `float`, got `str`"),
        (("calls = [10, 20]", "calls = [-1]"), "queues[0].calls[0]: expected `float` >= 0.0"),
        (('kind = "exponential", mean_s = 180', 'kind = "gamma"'), "queues[0].service.kind: invalid value 'gamma'"),
        (("mean_s = 180", "mean_s = 0"), "queues[0].service.mean_s: must be more than 0"),
        (('"08:00-09:00"', '"09:00-08:00"'), "agents[0].shifts: '09:00-08:00' ends before it begins"),
        (('"08:00-09:00"', '"8-9"'), "agents[0].shifts: '8' is no time of the day such as 08:30"),
        (('"08:00-09:00"', '"08:00-09:00", "08:30-10:00"'), "agents[0].shifts: shifts of one agent overlap"),
        (('name = "ann"', 'name = "ann"\nqueues = ["till"]'), "agents[0].queues: there is no queue 'till'"),
        (('id = "desk"', 'id = "desk"\nneeds = ["welsh"]'), "queues[0].needs: no agent serves 'desk' and has what it"),
        (('id = "desk"', 'id = "desk"\nsettings = { wrapup = 3 }'), "settings: a queue has no setting 'wrapup'"),
        (('id = "desk"', 'id = "desk"\nsettings = { wrap_up_s = -3 }'), "settings.wrap_up_s: out of its range"),
        (('id = "desk"', 'id = "desk"\nsettings = { strategy = "best" }'), "settings.strategy: invalid enum value"),
        (("[[agents]]", '[[agents]]\nname = "ann"\nshifts = ["08:00-09:00"]\n[[agents]]'), "agents: there are two of"),
        (('name = "Small"', 'name = "Small'), "is no TOML"),
    ],
)
def test_bad_scenario_then_one_sentence_names_the_field(tmp_path: Path, wrong: tuple[str, str], sentence: str) -> None:
    with pytest.raises(ScenarioError, match=re.escape(sentence)):
        read(tmp_path, SMALL.replace(*wrong, 1))


def test_no_such_file_then_said(tmp_path: Path) -> None:
    with pytest.raises(ScenarioError, match="cannot be read: No such file"):
        read_scenario(tmp_path / "none.toml")
