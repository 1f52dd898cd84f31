"""Changes to a plan: what they say and what they do."""

import pytest
from msgspec.structs import replace

from benchmarks.simulate.scenario import ScenarioError
from benchmarks.simulate.whatif import changed
from engine.settings import AgentSettings, Strategy
from engine.simulation.plan import Plan, Shift
from engine.skills import SkillNeed
from tests.unit.engine.worlds import DESK, plan

HOUR_MS = 3_600_000
DAY_MS = 24 * HOUR_MS


def two_days() -> Plan:
    shifts = tuple(
        Shift(agent_id, day * DAY_MS + 8 * HOUR_MS, day * DAY_MS + 16 * HOUR_MS)
        for agent_id in ("ann", "bob")
        for day in (0, 2)
    )
    return plan([], "ann", "bob", shifts=shifts)


def test_one_more_agent_then_on_every_day_with_all_queues_and_skills() -> None:
    base = two_days()
    found = changed(base, "agents+1@10-12:30")
    assert found.agents[2:] == (AgentSettings("extra-1", ("desk",), {}),)
    assert found.shifts[4:] == (
        Shift("extra-1", 10 * HOUR_MS, 12 * HOUR_MS + HOUR_MS // 2),
        Shift("extra-1", 2 * DAY_MS + 10 * HOUR_MS, 2 * DAY_MS + 12 * HOUR_MS + HOUR_MS // 2),
    )


def test_two_more_twice_then_nobody_shares_a_name() -> None:
    names = [agent.agent_id for agent in changed(two_days(), "agents+2@8-9,agents+1@9-10").agents]
    assert names == ["ann", "bob", "extra-1", "extra-2", "extra-3"]


def test_one_fewer_then_the_last_by_name_has_a_gap() -> None:
    found = changed(two_days(), "agents-1@10-12")
    assert [one for one in found.shifts if one.agent_id == "bob"][:2] == [
        Shift("bob", 8 * HOUR_MS, 10 * HOUR_MS),
        Shift("bob", 12 * HOUR_MS, 16 * HOUR_MS),
    ]
    assert [one for one in found.shifts if one.agent_id == "ann"] == list(two_days().shifts[:2])


def test_settings_then_of_every_queue() -> None:
    (queue,) = changed(two_days(), "strategy=top-down, credit=120, wrap-up=7, sla=40").queues
    assert (queue.strategy, queue.priority_credit_s, queue.wrap_up_s, queue.sla_threshold_s) == (
        Strategy.TOP_DOWN,
        120.0,
        7.0,
        40.0,
    )
    (classes,) = changed(two_days(), "credit=none").queues
    assert classes.priority_credit_s is None


def test_fewest_skills_first_then_positions_by_how_much_they_can_do() -> None:
    base = two_days()
    able = replace(base, agents=(base.agents[0], replace(base.agents[1], skills={"welsh": 5})))
    found = changed(able, "positions=fewest-skills,strategy=top-down")
    assert [agent.tier("desk").position for agent in found.agents] == [1, 2]


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("agents+1", "is no change"),
        ("agents+1@12-10", "ends before it begins"),
        ("agents+1@10-25", "no time of the day"),
        ("agents-3@10-12", "only 2 agents are there throughout, 3 cannot be taken away"),
        ("strategy=best", "there is no strategy 'best'; there are longest-idle-agent"),
        ("wrap-up=long", "needs a number of seconds"),
        ("sla=0", "sets sla_threshold_s out of its range"),
        ("volume=2", "is no change"),
    ],
)
def test_change_that_cannot_be_made_then_one_sentence(text: str, sentence: str) -> None:
    with pytest.raises(ScenarioError, match=sentence):
        changed(two_days(), text)


def test_skills_that_queues_need_then_the_extra_agent_has_them() -> None:
    base = plan([], "ann", queue=DESK, shifts=(Shift("ann", 0, HOUR_MS),))
    (queue,) = base.queues
    needing = replace(base, queues=(replace(queue, needs=(SkillNeed("welsh", 5),)),))
    assert changed(needing, "agents+1@0-1").agents[-1].skills == {"welsh": 10}
