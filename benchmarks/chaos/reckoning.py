"""What a fault cost, from the ledger alone."""

from bisect import bisect_right
from collections.abc import Iterable

from benchmarks.calls.ledger import CallAccount


def longest_pause_s(calls: Iterable[CallAccount], begin_s: float, end_s: float) -> float:
    """The longest time, at least partly between these moments, with a waiting call and an agent free for it, in which
    nothing rang.

    Whoever rings first somewhere could have rung since both had been there: caller scheduled, agent free. Every such
    wait is divided by the rings that fell into it. A caller counts as waiting from the scheduled arrival on, whether a
    door took the call or not.
    """
    accounts = list(calls)
    rings = sorted(one.rang_s for one in accounts if one.rang_s is not None)
    longest_s = 0.0
    for one in accounts:
        if one.rang_s is None or one.could_ring_s is None or one.rang_s < begin_s or one.could_ring_s > end_s:
            continue
        since_s = one.could_ring_s
        for ring_s in rings[bisect_right(rings, since_s) : bisect_right(rings, one.rang_s)]:
            if ring_s > begin_s and since_s < end_s:
                longest_s = max(longest_s, ring_s - since_s)
            since_s = ring_s
    return round(longest_s, 2)
