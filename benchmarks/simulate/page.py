"""The report as one page: figures side by side, charts by the time of day and by day."""

from collections.abc import Callable, Iterator, Sequence
from html import escape
from pathlib import Path

from benchmarks.replay.bins import WAITS_S, bins_of
from benchmarks.replay.charts import Chart, Mark, Series, figure
from benchmarks.replay.document import document
from benchmarks.replay.table import ROWS
from benchmarks.simulate.estimates import mean_of
from benchmarks.simulate.lives import Figured
from benchmarks.simulate.report import Report, clock, days_of, slots_of
from benchmarks.simulate.table import (
    MORE_ROWS,
    SIDE_BY_SIDE_MAX,
    Write,
    cell,
    half_width_figure,
    mean_figure,
    one_figure,
    replications,
)
from benchmarks.simulate.told import Told

RECORD = "the record"
TONES = ("ours", "ideal", "abandoned", "open")
VARIANTS_DRAWN_MAX = 3
"""Lines of one chart, the record aside; all the rest stands in the table."""
TILES = ("abandonment", "asa_s", "service_level_20s", "longest_line", "occupancy")

Pick = Callable[[Figured], float | None]


def write_page(file: Path, report: Report) -> None:
    file.write_text(render(report), encoding="utf-8")


def render(report: Report) -> str:
    """HTML with its style sheet and its pictures inside."""
    return document(
        report.name,
        f"<p>{escape(_lived(report))}</p>{_tiles(report)}",
        "".join(_sections(report)),
        "Virtual time, the engine's own rules. Service level: answered within 20 s over answered, unless it says "
        "otherwise. ±: half-width of the 99 % confidence interval of a mean.",
    )


def _lived(report: Report) -> str:
    calls = sum(one.whole["offered"] or 0 for variant in report.variants for one in variant.told)
    return f"{calls:,.0f} calls in {report.elapsed_s:.1f} s: {replications(report)}, seed {report.seed}."


def _tiles(report: Report) -> str:
    tiles = "".join(
        f"<div><dt>{escape(name)}</dt><dd>{escape(mean_figure(report.base, field, write))}"
        + "".join(f"<small>{escape(note)}</small>" for note in _notes(report, field, write))
        + "</dd></div>"
        for name, field, write in ROWS
        if field in TILES
    )
    return f'<dl class="tiles">{tiles}</dl>'


def _notes(report: Report, field: str, write: Write) -> Iterator[str]:
    half_width = half_width_figure(report.base, field, write)
    if half_width is not None:
        yield f"± {half_width}"
    if report.recorded is not None:
        yield f"record {one_figure(report.recorded.whole, field, write)}"


def _sections(report: Report) -> Iterator[str]:
    reasons = "".join(f"<li>{escape(sentence)}</li>" for sentence in report.explanations)
    yield f"<section><h2>In figures</h2><div class='card wide'>{_comparison(report)}</div></section>"
    if reasons:
        yield f"<section><h2>Why it differs from the record</h2><ul class='card'>{reasons}</ul></section>"
    days = days_of(report)
    together = f", {len(days)} days together" if len(days) > 1 else ""
    charts = [*_by_slot(report), _waits(report)]
    yield f"<h2>By the time of day{together}</h2><div class='charts'>{''.join(map(figure, charts))}</div>"
    if len(days) > 1:
        yield f"<h2>Day by day</h2><div class='charts'>{''.join(map(figure, _by_day(report, days)))}</div>"


def _comparison(report: Report) -> str:
    """A column for each variant and one for the record; where there are too many, a row for each."""
    rows = [*ROWS, *MORE_ROWS]
    names = [variant.name for variant in report.variants]
    columns = [[cell(variant, field, write) for _, field, write in rows] for variant in report.variants]
    if report.recorded is not None:
        names.append(RECORD)
        columns.append([one_figure(report.recorded.whole, field, write) for _, field, write in rows])
    figures = [name for name, _, _ in rows]
    if len(report.variants) > SIDE_BY_SIDE_MAX:
        return _table(figures, names, columns)
    return _table(names, figures, list(zip(*columns, strict=True)))


def _table(heads: Sequence[str], names: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    head = "".join(f'<th scope="col">{escape(name)}</th>' for name in heads)
    body = "".join(
        f'<tr><th scope="row">{escape(name)}</th>{"".join(f"<td>{escape(text)}</td>" for text in row)}</tr>'
        for name, row in zip(names, rows, strict=True)
    )
    return f"<table><thead><tr><td></td>{head}</tr></thead><tbody>{body}</tbody></table>"


def _by_slot(report: Report) -> Iterator[Chart]:
    slots, minutes = slots_of(report.base.told), report.slot_s // 60
    labels = [clock(slot) for slot in slots]

    def over(pick: Pick) -> Callable[[Sequence[Told]], list[float | None]]:
        return lambda told: [mean_of([pick(one.by_slot.get(slot, {})) for one in told]) for slot in slots]

    yield Chart(
        title="Calls and what became of them",
        about=f"Calls by the {minutes} minutes in which they came, of the first variant.",
        labels=labels,
        series=[
            Series("answered", "ours", Mark.STACK, over(lambda told: told.get("answered"))(report.base.told)),
            Series("abandoned", "abandoned", Mark.STACK, over(lambda told: told.get("abandoned"))(report.base.told)),
        ],
    )
    yield from _lines(report, labels, over, f"by the {minutes} minutes in which they called")


def _by_day(report: Report, days: Sequence[int]) -> Iterator[Chart]:
    def over(pick: Pick) -> Callable[[Sequence[Told]], list[float | None]]:
        return lambda told: [mean_of([pick(one.by_day.get(day, {})) for one in told]) for day in days]

    yield from _lines(report, [report.date_of(day)[5:] for day in days], over, "by the day on which they called")


def _lines(
    report: Report,
    labels: Sequence[str],
    over: Callable[[Pick], Callable[[Sequence[Told]], list[float | None]]],
    by: str,
) -> Iterator[Chart]:
    for title, about, field, write, top in (
        ("Service level", "Share of the answered who waited at most 20 s", "service_level_20s", "{:.0%}", 1.0),
        ("Average speed of answer", "How long the answered had waited on average", "asa_s", "{:.0f} s", None),
        ("Abandonment", "Share of the callers who hung up before anybody answered", "abandonment", "{:.0%}", None),
        ("Occupancy", "Share of the agents' time on calls and in wrap-up", "occupancy", "{:.0%}", 1.0),
    ):
        series_of = over(_picked(field))
        series = [
            Series(variant.name, tone, Mark.LINE, series_of(variant.told))
            for variant, tone in zip(report.variants[:VARIANTS_DRAWN_MAX], TONES, strict=False)
        ]
        if report.recorded is not None:
            series.append(Series(RECORD, "record", Mark.LINE, series_of([report.recorded])))
        yield Chart(title=title, about=f"{about}, {by}.", labels=labels, series=series, write=write.format, top=top)


def _picked(field: str) -> Pick:
    return lambda told: told.get(field)


def _waits(report: Report) -> Chart:
    bins = len(WAITS_S) - 1

    def shares(told: Sequence[Told]) -> list[float | None]:
        return [mean_of([one.waits[number] for one in told]) for number in range(bins)]

    series = [
        Series(variant.name, tone, Mark.COLUMN, shares(variant.told))
        for variant, tone in zip(report.variants[:VARIANTS_DRAWN_MAX], TONES, strict=False)
    ]
    if report.recorded is not None:
        series.append(Series(RECORD, "record", Mark.COLUMN, shares([report.recorded])))
    return Chart(
        title="How long the answered had waited",
        about="Share of the answered by their wait in seconds.",
        labels=bins_of(WAITS_S),
        series=series,
        write="{:.0%}".format,
    )
