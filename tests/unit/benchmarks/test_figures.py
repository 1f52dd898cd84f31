"""The figures of a few calls that can be reckoned by hand."""

from benchmarks.replay.figures import Figures, Staffing, figures, line_lengths
from benchmarks.replay.trace import CallEnd, Outcome

ENDS = [
    CallEnd(0.0, Outcome.ANSWERED, 0.0, 100.0),
    CallEnd(10.0, Outcome.ANSWERED, 20.0, 200.0),
    CallEnd(15.0, Outcome.ANSWERED, 40.0),
    CallEnd(20.0, Outcome.ABANDONED, 10.0),
    CallEnd(30.0, Outcome.OPEN, 5.0),
]


def test_five_calls_then_the_figures_by_hand() -> None:
    assert figures(ENDS, Staffing(signed_in_s=1_000.0, engaged_s=300.0)) == Figures(
        offered=5,
        answered=3,
        abandoned=1,
        open=1,
        abandonment=0.2,
        asa_s=20.0,
        aht_s=150.0,
        service_level_20s=0.6667,
        service_level_20s_offered=0.4,
        longest_line=3,
        occupancy=0.3,
    )


def test_nothing_happened_then_no_figure() -> None:
    none = figures([], Staffing(0.0, 0.0))
    assert (none.offered, none.longest_line) == (0, 0)
    assert (none.asa_s, none.aht_s, none.service_level_20s, none.occupancy, none.abandonment) == (None,) * 5


def test_one_leaves_as_another_comes_then_the_line_does_not_grow() -> None:
    assert line_lengths([*ENDS[1:3], CallEnd(30.0, Outcome.ABANDONED, 2.0)]) == [
        (10.0, 1),
        (15.0, 2),
        (30.0, 1),
        (30.0, 2),
        (32.0, 1),
        (55.0, 0),
    ]
