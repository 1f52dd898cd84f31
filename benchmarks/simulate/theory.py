"""Erlang C: what waiting-line theory expects of a single line where nobody hangs up.

A. K. Erlang, 1917; in today's notation as in Gans, Koole and Mandelbaum, "Telephone Call Centers: Tutorial, Review, and
Research Prospects" (MSOM 5, 2003), section 4.
"""

import math

import msgspec


class Expected(msgspec.Struct, frozen=True):
    """Shares between 0 and 1, seconds."""

    waits: float
    service_level: float
    asa_s: float
    occupancy: float


def erlang_c(calls_per_s: float, service_mean_s: float, agents: int, threshold_s: float) -> Expected:
    """More agents than the offered load, or the line grows without end: then everybody waits, and nobody in time."""
    load = calls_per_s * service_mean_s
    if load >= agents:
        return Expected(1.0, 0.0, math.inf, 1.0)
    blocked = 1.0
    for servers in range(1, agents + 1):  # Erlang B, by its recursion
        blocked = load * blocked / (servers + load * blocked)
    occupancy = load / agents
    waits = blocked / (1 - occupancy * (1 - blocked))
    spare = agents / service_mean_s - calls_per_s
    return Expected(waits, 1 - waits * math.exp(-spare * threshold_s), waits / spare, occupancy)
