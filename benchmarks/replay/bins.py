"""How values spread: shares by bins, and the bins' names."""

import math
from collections.abc import Sequence
from itertools import pairwise

WAITS_S = (0, 5, 10, 20, 30, 45, 60, 90, 120, 180, 300, math.inf)


def shares_of(values: Sequence[float], edges: Sequence[float]) -> list[float | None]:
    if not values:
        return [None] * (len(edges) - 1)
    return [sum(1 for value in values if low <= value < high) / len(values) for low, high in pairwise(edges)]


def bins_of(edges: Sequence[float]) -> list[str]:
    return [f"{low:g} +" if math.isinf(high) else f"{low:g}-{high:g}" for low, high in pairwise(edges)]
