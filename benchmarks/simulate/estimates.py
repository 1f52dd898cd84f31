"""Means over replications and how far they may be off: Student's t, and control variates where a mean is known.

A control variate is a figure of the same replication whose expectation is known exactly. What it deviates by explains a
part of what the figure in question deviates by, and that part is taken out by linear regression (Lavenberg and Welch,
"A perspective on the use of control variables", Management Science 27, 1981).
"""

import math
import statistics
from collections.abc import Sequence

import msgspec

CONFIDENCE = 0.99


class Estimate(msgspec.Struct, frozen=True):
    """A mean and the half-width of its 99 % confidence interval; None from a single replication."""

    mean: float
    half_width: float | None


def estimate(values: Sequence[float], controls: Sequence[Sequence[float]] = ()) -> Estimate:
    """`controls`: for each control, how much it deviated from its known mean, replication by replication.

    Controls that never deviate tell nothing; with too few replications for a regression, all are left out.
    """
    if len(values) < 2:
        return Estimate(values[0], None)
    told = [control for control in controls if len(set(control)) > 1]
    used = told if len(values) > 2 * len(told) + 2 else []
    columns = [[1.0] * len(values), *used]
    fit = _least_squares(columns, values)
    degrees = len(values) - len(columns)
    residuals = [
        value - math.fsum(fit[k] * columns[k][i] for k in range(len(columns))) for i, value in enumerate(values)
    ]
    variance = math.fsum(residual**2 for residual in residuals) / degrees
    # The intercept is the mean that is expected where every control is at its own.
    error = math.sqrt(variance * _first_diagonal(columns))
    return Estimate(fit[0], t_quantile(degrees) * error)


def t_quantile(degrees: int, confidence: float = CONFIDENCE) -> float:
    """Which multiple of the error a Student's t stays within with this probability, to both sides."""
    low, high = 0.0, 1_000.0
    while high - low > 1e-9:
        middle = (low + high) / 2
        if t_within(middle, degrees) < confidence:
            low = middle
        else:
            high = middle
    return (low + high) / 2


def t_within(t: float, degrees: int) -> float:
    """P(-t <= T <= t). Source: Abramowitz and Stegun, Handbook of Mathematical Functions, 26.7.3 and 26.7.4."""
    angle = math.atan(t / math.sqrt(degrees))
    cosine = math.cos(angle)
    term = total = cosine if degrees % 2 else 1.0
    if degrees == 1:
        total = 0.0
    for step in range(3 if degrees % 2 else 2, degrees - 1, 2):
        term *= cosine * cosine * (step - 1) / step
        total += term
    inner = math.sin(angle) * total
    return 2 / math.pi * (angle + inner) if degrees % 2 else inner


def _least_squares(columns: Sequence[Sequence[float]], values: Sequence[float]) -> list[float]:
    return _solve(_gram(columns), [_dot(column, values) for column in columns])


def _first_diagonal(columns: Sequence[Sequence[float]]) -> float:
    """The first entry of the inverse of the normal equations' matrix."""
    return _solve(_gram(columns), [1.0, *[0.0] * (len(columns) - 1)])[0]


def _gram(columns: Sequence[Sequence[float]]) -> list[list[float]]:
    return [[_dot(one, other) for other in columns] for one in columns]


def _dot(one: Sequence[float], other: Sequence[float]) -> float:
    return math.fsum(a * b for a, b in zip(one, other, strict=True))


def _solve(matrix: list[list[float]], right: list[float]) -> list[float]:
    """Gaussian elimination with pivoting; the matrices here have a handful of rows."""
    rows = [[*row, value] for row, value in zip(matrix, right, strict=True)]
    size = len(rows)
    for i in range(size):
        pivot = max(range(i, size), key=lambda k: abs(rows[k][i]))
        rows[i], rows[pivot] = rows[pivot], rows[i]
        for k in range(i + 1, size):
            factor = rows[k][i] / rows[i][i]
            for j in range(i, size + 1):
                rows[k][j] -= factor * rows[i][j]
    found = [0.0] * size
    for i in reversed(range(size)):
        known = math.fsum(rows[i][j] * found[j] for j in range(i + 1, size))
        found[i] = (rows[i][size] - known) / rows[i][i]
    return found


def mean_of(values: Sequence[float | None]) -> float | None:
    """The mean of those replications that have the figure; None where none has."""
    known = [value for value in values if value is not None]
    return statistics.fmean(known) if known else None
