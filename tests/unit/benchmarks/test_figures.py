"""The figures of a few calls that can be reckoned by hand."""

from benchmarks.replay.figures import Course, Figures, figures, line_lengths, part_of
from benchmarks.replay.trace import CallEnd, Outcome, Span

ENDS = [
    CallEnd(0.0, Outcome.ANSWERED, 0.0, 100.0),
    CallEnd(10.0, Outcome.ANSWERED, 20.0, 200.0),
    CallEnd(15.0, Outcome.ANSWERED, 40.0),
    CallEnd(20.0, Outcome.ABANDONED, 10.0),
    CallEnd(30.0, Outcome.OPEN, 5.0),
]


def test_five_calls_then_the_figures_by_hand() -> None:
    course = Course(ENDS, present=[Span(0, 600), Span(0, 400)], engaged=[Span(0, 100), Span(10, 210)])
    assert figures(course) == Figures(
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
    none = figures(Course([]))
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


def test_call_that_nobody_can_account_for_then_offered_is_more_than_the_sum() -> None:
    told = figures(Course(ENDS, unaccounted=1))
    assert (told.offered, told.answered + told.abandoned + told.open) == (6, 5)


def test_part_of_a_day_then_its_arrivals_and_the_agents_meanwhile() -> None:
    part = part_of(Course(ENDS, present=[Span(0, 600)], engaged=[Span(0, 5), Span(12, 40)]), 10, 20)
    assert part == Course(ENDS[1:3], present=(Span(10, 20),), engaged=(Span(12, 20),))
