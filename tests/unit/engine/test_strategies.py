"""Each strategy by its field name: whom it asks, in which order, and how evenly where it leaves it to chance."""

from collections import Counter
from random import Random

import pytest
from msgspec.structs import replace

from engine.agent import Agent
from engine.routing.dispatcher import BENCHES_KEPT, LANES_KEPT, Dispatcher
from engine.settings import QueueSettings, Strategy, Tier
from engine.skills import SkillNeed
from tests.unit.engine.routing import agent_of, call_of

TEAM = [
    agent_of("ann", 30, tiers={"desk": Tier(1, 2)}, answered=4, talk_ms=900, conversation_ended_at_ms=10),
    agent_of("bob", 10, tiers={"desk": Tier(1, 3)}, answered=1, talk_ms=700, conversation_ended_at_ms=30),
    agent_of("cat", 20, tiers={"desk": Tier(1, 1)}, answered=2, talk_ms=100, conversation_ended_at_ms=20),
]


def desk(strategy: Strategy, team: list[Agent], seed: int = 1) -> Dispatcher:
    routing = Dispatcher(Random(seed))
    routing.queue_changed(QueueSettings("desk", "Desk", strategy))
    for agent in team:
        routing.agent_changed(agent)
    return routing


def asked(routing: Dispatcher, calls: int) -> list[str]:
    """Whom the next callers are offered to, nobody becoming free again."""
    found = []
    for n in range(calls):
        routing.call_changed(f"k{n}", call_of(f"k{n}", n))
        found += [proposal.agent_id for proposal in routing.proposals(n)]
    return found


@pytest.mark.parametrize(
    ("strategy", "order"),
    [
        (Strategy.LONGEST_IDLE, ["bob", "cat", "ann"]),
        (Strategy.LEAST_RECENT, ["ann", "cat", "bob"]),
        (Strategy.FEWEST_CALLS, ["bob", "cat", "ann"]),
        (Strategy.AGENT_WITH_FEWEST_CALLS, ["bob", "cat", "ann"]),
        (Strategy.LEAST_TALK_TIME, ["cat", "bob", "ann"]),
        (Strategy.TOP_DOWN, ["cat", "ann", "bob"]),
        (Strategy.LINEAR, ["cat", "ann", "bob"]),
        (Strategy.BY_AGENT_ORDER, ["cat", "ann", "bob"]),
        (Strategy.ROUND_ROBIN, ["cat", "ann", "bob"]),
        (Strategy.RR_MEMORY, ["cat", "ann", "bob"]),
        (Strategy.RR_ORDERED, ["cat", "ann", "bob"]),
    ],
)
def test_three_callers_then_the_agents_in_the_order_of_the_strategy(strategy: Strategy, order: list[str]) -> None:
    assert asked(desk(strategy, TEAM), 3) == order


@pytest.mark.parametrize("strategy", [Strategy.ROUND_ROBIN, Strategy.RR_MEMORY, Strategy.RR_ORDERED])
def test_round_then_it_goes_on_after_whoever_was_offered_last_and_starts_again_at_the_end(strategy: Strategy) -> None:
    last = replace(TEAM[0], last_offered_at_ms=5, last_offered_queue_id="desk")
    assert asked(desk(strategy, [last, *TEAM[1:]]), 3) == ["bob", "cat", "ann"]


@pytest.mark.parametrize("strategy", [Strategy.TOP_DOWN, Strategy.LINEAR, Strategy.BY_AGENT_ORDER])
def test_from_the_top_then_the_first_is_asked_again_once_free(strategy: Strategy) -> None:
    routing = desk(strategy, TEAM)
    assert asked(routing, 1) == ["cat"]
    routing.call_changed("k0", None)
    routing.agent_changed(TEAM[2])
    routing.call_changed("k9", call_of("k9", 9))
    assert [proposal.agent_id for proposal in routing.proposals(9)] == ["cat"]


@pytest.mark.parametrize("strategy", [one for one in Strategy if one is not Strategy.WEIGHTED_RANDOM])
def test_lower_level_then_it_comes_first_whatever_the_strategy(strategy: Strategy) -> None:
    best = agent_of("zoe", 99, tiers={"desk": Tier(1, 9)}, answered=99, talk_ms=9_999, conversation_ended_at_ms=99)
    others = [replace(one, settings=replace(one.settings, tiers={"desk": Tier(2, 1)})) for one in TEAM]
    assert asked(desk(strategy, [*others, best]), 1) == ["zoe"]


def share(strategy: Strategy, team: list[Agent], of: str, times: int = 4_000) -> float:
    first = Counter(asked(desk(strategy, team, seed), 1)[0] for seed in range(times))
    return first[of] / times


def test_random_then_everyone_is_as_likely_on_one_bench_or_on_two() -> None:
    team = [*TEAM, agent_of("dan", skills={"spanish": 9})]
    assert share(Strategy.RANDOM, team, "dan") == pytest.approx(1 / 4, abs=0.03)
    assert share(Strategy.RANDOM, team, "ann") == pytest.approx(1 / 4, abs=0.03)


def test_weighted_random_then_half_the_weight_wins_three_times_in_four() -> None:
    team = [agent_of("ann", tiers={"desk": Tier(1)}), agent_of("bob", tiers={"desk": Tier(2)})]
    assert share(Strategy.WEIGHTED_RANDOM, team, "ann") == pytest.approx(3 / 4, abs=0.03)


def test_callers_who_ask_for_ever_new_things_then_what_is_empty_is_forgotten() -> None:
    routing = desk(Strategy.LONGEST_IDLE, TEAM)
    for n in range(3 * LANES_KEPT):
        routing.call_changed("k", call_of("k", n, needs=(SkillNeed(f"s{n}", 1),)))
        routing.call_changed("k", None)
    assert len(routing._lanes) <= LANES_KEPT
    assert asked(routing, 1) == ["bob"]


def test_agents_who_keep_learning_then_empty_benches_are_forgotten() -> None:
    routing = desk(Strategy.LONGEST_IDLE, TEAM)
    routing.call_changed("k", call_of("k", needs=(SkillNeed("last", 1),)))
    for n in range(3 * BENCHES_KEPT):
        routing.agent_changed(agent_of("dan", skills={f"s{n}": 1}))
    assert len(routing._benches) <= BENCHES_KEPT
    routing.agent_changed(agent_of("dan", skills={"last": 1}))
    assert [(one.call_id, one.agent_id) for one in routing.proposals(0)] == [("k", "dan")]
