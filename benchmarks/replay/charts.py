"""Charts as SVG text: columns, lines and steps over labelled intervals. Colours come from the page's style sheet.

Every chart says in words what it shows, tells a figure's name and value where one points at it, and has its figures as
a table below, for those who do not see it.
"""

import math
from collections.abc import Callable, Iterator, Sequence
from enum import StrEnum
from html import escape

import msgspec

WIDTH, HEIGHT = 720, 250
LEFT, RIGHT, TOP, BOTTOM = 48, 8, 10, 26
PLOT_WIDTH, PLOT_HEIGHT = WIDTH - LEFT - RIGHT, HEIGHT - TOP - BOTTOM
LABELS_MAX = 12
DENSE = 4 * LABELS_MAX
"""Where there are more intervals, lines are thin and without dots."""
TICKS = 5


class Mark(StrEnum):
    """How a series is drawn. `STACK`: columns on top of those of other stacks; `COLUMN`: beside others."""

    STACK = "stack"
    COLUMN = "column"
    LINE = "line"
    AREA = "area"


class Series(msgspec.Struct, frozen=True):
    """One figure over all intervals; None: no figure. `tone` names its colour in the style sheet."""

    name: str
    tone: str
    mark: Mark
    values: Sequence[float | None]


class Chart(msgspec.Struct, frozen=True, kw_only=True):
    """`labels` name the intervals; `write` makes a value readable."""

    title: str
    about: str
    labels: Sequence[str]
    series: Sequence[Series]
    write: Callable[[float], str] = "{:.0f}".format
    top: float | None = None


def figure(chart: Chart) -> str:
    """The chart with its caption, its legend and its table."""
    legend = "".join(
        f'<li><i class="{series.tone} {series.mark}"></i>{escape(series.name)}</li>' for series in chart.series
    )
    return (
        f"<figure><figcaption><h3>{escape(chart.title)}</h3><p>{escape(chart.about)}</p></figcaption>"
        f'<ul class="legend">{legend}</ul>{_svg(chart)}'
        f"<details><summary>The figures as a table</summary>{_table(chart)}</details></figure>"
    )


def nice_top(highest: float) -> float:
    """The end of an axis that reaches this high: TICKS steps of 1, 2, 2.5 or 5 times a power of ten."""
    if highest <= 0:
        return float(TICKS)
    rough = highest / TICKS
    power = 10.0 ** math.floor(math.log10(rough))
    step = next(factor * power for factor in (1, 2, 2.5, 5, 10) if factor * power >= rough * (1 - 1e-9))
    return step * TICKS


def _svg(chart: Chart) -> str:
    top = chart.top or nice_top(max(_heights(chart), default=0.0))
    description = f"{chart.title}. {chart.about}"
    return (
        f'<svg viewBox="0 0 {WIDTH} {HEIGHT}" role="img" aria-label="{escape(description)}">'
        f"{''.join(_grid(chart, top))}{''.join(_columns(chart, top))}{''.join(_stacks(chart, top))}"
        f"{''.join(_lines(chart, top))}</svg>"
    )


def _heights(chart: Chart) -> Iterator[float]:
    for index in range(len(chart.labels)):
        yield sum(series.values[index] or 0.0 for series in chart.series if series.mark is Mark.STACK)
        yield from (series.values[index] or 0.0 for series in chart.series if series.mark is not Mark.STACK)


def _grid(chart: Chart, top: float) -> Iterator[str]:
    for tick in range(TICKS + 1):
        value = top * tick / TICKS
        y = _y(value, top)
        yield f'<line class="grid" x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{y}" y2="{y}"/>'
        yield f'<text class="tick" x="{LEFT - 6}" y="{y + 4:.1f}" text-anchor="end">{escape(chart.write(value))}</text>'
    every = max(1, math.ceil(len(chart.labels) / LABELS_MAX))
    for index in range(0, len(chart.labels), every):
        x = LEFT + (index + 0.5) * _slot(chart)
        label = escape(chart.labels[index])
        yield f'<text class="tick" x="{x:.1f}" y="{HEIGHT - 8}" text-anchor="middle">{label}</text>'


def _columns(chart: Chart, top: float) -> Iterator[str]:
    beside = [series for series in chart.series if series.mark is Mark.COLUMN]
    width = _slot(chart) * 0.8 / max(1, len(beside))
    for number, series in enumerate(beside):
        for index, value in enumerate(series.values):
            x = LEFT + (index + 0.1) * _slot(chart) + number * width
            yield _bar(chart, series, index, x, width, 0.0, value or 0.0, top)


def _stacks(chart: Chart, top: float) -> Iterator[str]:
    for index in range(len(chart.labels)):
        base = 0.0
        for series in chart.series:
            if series.mark is Mark.STACK:
                value = series.values[index] or 0.0
                x = LEFT + (index + 0.1) * _slot(chart)
                yield _bar(chart, series, index, x, _slot(chart) * 0.8, base, value, top)
                base += value


def _bar(
    chart: Chart, series: Series, index: int, x: float, width: float, base: float, value: float, top: float
) -> str:
    if not value:
        return ""
    height = value / top * PLOT_HEIGHT
    return (
        f'<rect class="{series.tone}" x="{x:.1f}" y="{_y(base + value, top):.1f}" width="{width:.1f}" '
        f'height="{height:.1f}">{_hint(chart, series, index)}</rect>'
    )


def _lines(chart: Chart, top: float) -> Iterator[str]:
    over_columns = any(series.mark is Mark.STACK for series in chart.series)
    for series in reversed(chart.series):  # the first is the most important and lies on top
        if series.mark not in {Mark.LINE, Mark.AREA}:
            continue
        for run in _runs(series.values):
            points = [(LEFT + (i + 0.5) * _slot(chart), _y(series.values[i] or 0.0, top)) for i in run]
            path = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
            if series.mark is Mark.AREA:
                floor = f"{points[-1][0]:.1f},{_y(0, top)} {points[0][0]:.1f},{_y(0, top)}"
                yield f'<polygon class="{series.tone} area" points="{path} {floor}"/>'
            if over_columns:
                yield f'<polyline class="halo" points="{path}"/>'
            dense = "dense " if len(chart.labels) > DENSE else ""
            yield f'<polyline class="{series.tone} {dense}line" points="{path}"/>'
            if not dense:
                for index, (x, y) in zip(run, points, strict=True):
                    hint = _hint(chart, series, index)
                    yield f'<circle class="{series.tone}" cx="{x:.1f}" cy="{y:.1f}" r="3">{hint}</circle>'


def _runs(values: Sequence[float | None]) -> Iterator[list[int]]:
    """Indexes of neighbours that all have a figure: a line is broken where there is none."""
    run: list[int] = []
    for index, value in enumerate(values):
        if value is not None:
            run.append(index)
        elif run:
            yield run
            run = []
    if run:
        yield run


def _hint(chart: Chart, series: Series, index: int) -> str:
    return f"<title>{escape(f'{chart.labels[index]} · {series.name}: {_written(chart, series.values[index])}')}</title>"


def _table(chart: Chart) -> str:
    head = "".join(f'<th scope="col">{escape(series.name)}</th>' for series in chart.series)
    rows = "".join(
        f'<tr><th scope="row">{escape(label)}</th>'
        + "".join(f"<td>{escape(_written(chart, series.values[index]))}</td>" for series in chart.series)
        + "</tr>"
        for index, label in enumerate(chart.labels)
    )
    return f"<table><thead><tr><td></td>{head}</tr></thead><tbody>{rows}</tbody></table>"


def _written(chart: Chart, value: float | None) -> str:
    return "-" if value is None else chart.write(value)


def _slot(chart: Chart) -> float:
    return PLOT_WIDTH / max(1, len(chart.labels))


def _y(value: float, top: float) -> float:
    return round(TOP + PLOT_HEIGHT * (1 - min(value, top) / top), 1)
