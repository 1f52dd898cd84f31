"""Pieces cut into runs: nothing is lost, nothing is reordered, no run is too large."""

from hypothesis import given
from hypothesis import strategies as st

from web.portions import portions


@given(st.lists(st.binary(max_size=20)), st.integers(1, 5), st.integers(1, 30))
def test_any_pieces_then_runs_are_in_order_and_within_bounds(
    pieces: list[bytes], count_max: int, bytes_max: int
) -> None:
    runs = list(portions(pieces, count_max=count_max, bytes_max=bytes_max))
    assert [piece for run in runs for piece in run] == pieces
    assert all(0 < len(run) <= count_max for run in runs)
    assert all(len(run) == 1 or sum(map(len, run)) <= bytes_max for run in runs)


def test_pieces_that_fit_then_they_travel_together() -> None:
    assert list(portions([b"ab", b"c", b"d", b"efgh"], count_max=3, bytes_max=4)) == [[b"ab", b"c", b"d"], [b"efgh"]]
