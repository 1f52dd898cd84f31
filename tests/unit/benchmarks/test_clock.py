"""The trace's clock against a wall clock that is moved by hand."""

from benchmarks.replay.clock import TraceClock


class Wall:
    def __init__(self) -> None:
        self.now_s = 1_000.0

    def __call__(self) -> float:
        return self.now_s


def test_a_second_passes_then_it_is_as_much_later_as_the_speed() -> None:
    wall = Wall()
    clock = TraceClock(60.0, 28_800.0, wall)
    wall.now_s += 5.0
    clock.begin()
    wall.now_s += 1.0
    assert clock.trace_s() == 28_860.0
    assert clock.wall_s(28_920.0) == wall.now_s + 1.0


def test_leap_then_it_is_later_at_once_and_never_earlier() -> None:
    wall = Wall()
    clock = TraceClock(60.0, 0.0, wall)
    wall.now_s += 1.0
    clock.leap_to(30.0)
    assert clock.trace_s() == 60.0
    clock.leap_to(86_400.0)
    assert clock.trace_s() == 86_400.0
    assert clock.wall_s(86_460.0) == wall.now_s + 1.0
