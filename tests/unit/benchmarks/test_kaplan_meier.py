"""The estimate of patience against a published example, and draws that follow it."""

from random import Random

import pytest

from benchmarks.replay.kaplan_meier import Survival

RELAPSED = (6, 6, 6, 7, 10, 13, 16, 22, 23)
CENSORED = (6, 9, 10, 11, 17, 19, 20, 25, 32, 32, 34, 35)
"""Weeks in remission under 6-mercaptopurine: Freireich and others, Blood 1963; the example of Cox and Oakes, 1984."""


def test_published_example_then_the_published_curve() -> None:
    survival = Survival(RELAPSED, CENSORED)
    assert survival.times_s == [6, 7, 10, 13, 16, 22, 23]
    assert survival.survival == pytest.approx([0.857, 0.807, 0.753, 0.690, 0.627, 0.538, 0.448], abs=0.0005)


@pytest.mark.parametrize(("wait_s", "share"), [(0, 1.0), (5.9, 1.0), (6, 0.857), (12, 0.753), (99, 0.448)])
def test_wait_then_the_share_whose_patience_exceeds_it(wait_s: float, share: float) -> None:
    assert Survival(RELAPSED, CENSORED).share_beyond(wait_s) == pytest.approx(share, abs=0.0005)


def test_many_draws_given_a_wait_then_they_exceed_it_and_follow_the_curve() -> None:
    survival, rng = Survival(RELAPSED, CENSORED), Random(5)
    drawn = [survival.draw(rng, 10) for _ in range(20_000)]
    assert min(drawn) == 13
    for time_s in (13, 16, 22, 23):
        expected = survival.share_beyond(time_s) / survival.share_beyond(10)
        assert sum(1 for one in drawn if one > time_s) / len(drawn) == pytest.approx(expected, abs=0.01)
    assert max(drawn) == 35


def test_wait_is_the_longest_of_all_then_patience_is_a_second_more() -> None:
    assert Survival(RELAPSED, CENSORED).draw(Random(1), 35) == 36


def test_nobody_gave_up_then_patience_is_the_longest_wait() -> None:
    assert Survival([], [5, 9]).draw(Random(1), 5) == 9
