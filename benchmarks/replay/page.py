"""The report as one page: everything in it, nothing from anywhere else, light or dark as the reader's machine is."""

from collections.abc import Iterator
from datetime import datetime
from html import escape
from pathlib import Path

from benchmarks.replay.charts import figure
from benchmarks.replay.document import document
from benchmarks.replay.figures import Figures
from benchmarks.replay.panels import IDEAL, OURS, RECORD, span_charts, whole_charts
from benchmarks.replay.report import DAY_S, ReplayReport
from benchmarks.replay.run import Replayed
from benchmarks.replay.table import ROWS, written
from benchmarks.replay.trace import Trace

TILES = ("abandonment", "asa_s", "service_level_20s", "longest_line", "occupancy")


def write_page(file: Path, replayed: Replayed, trace: Trace) -> None:
    file.write_text(render(replayed, trace), encoding="utf-8")


def render(replayed: Replayed, trace: Trace) -> str:
    """HTML with its style sheet and its pictures inside."""
    report = replayed.report
    return document(
        f"{report.trace}, {report.first} to {report.last}",
        f"<p>{escape(_played(report))}</p>{_verdict(report)}{_tiles(report)}",
        "".join(_sections(replayed, trace)),
        "Waits and shares in the trace's own time, latencies on the wall. Service level: answered within 20 s "
        "over answered, unless it says otherwise.",
    )


def _played(report: ReplayReport) -> str:
    return (
        f"{report.offered} calls and {report.agents} agents through the running system at {report.speed:g} times the "
        f"pace, in {report.elapsed_s:.0f} s."
    )


def _verdict(report: ReplayReport) -> str:
    if report.complaints:
        return f'<p class="verdict bad">{escape(" ".join(report.complaints))}</p>'
    return '<p class="verdict good">Nothing lost, nothing double, every call accounted for</p>'


def _tiles(report: ReplayReport) -> str:
    tiles = "".join(
        f"<div><dt>{escape(name)}</dt><dd>{escape(written(report, field, write))}"
        + (f"<small>record {escape(written(report.recorded, field, write))}</small>" if report.recorded else "")
        + "</dd></div>"
        for name, field, write in ROWS
        if field in TILES
    )
    return f'<dl class="tiles">{tiles}</dl>'


def _sections(replayed: Replayed, trace: Trace) -> Iterator[str]:
    report = replayed.report
    reasons = "".join(f"<li>{escape(sentence)}</li>" for sentence in report.explanations)
    name, why = ("Beside the record", "Why they differ") if report.recorded else ("In figures", "What they are made of")
    yield (
        f"<div class='pair'><section><h2>{name}</h2><div class='card wide'>{_comparison(report)}</div></section>"
        f"<section><h2>{why}</h2><ul class='card'>{reasons}</ul></section></div>"
    )
    whole = "".join(map(figure, whole_charts(replayed)))
    several = len(report.by_day) > 1
    for day in report.by_day:
        date = datetime.fromisoformat(day.day)
        begin_s = trace.seconds(date)
        arrivals_s = [call.arrived_s for call in trace.calls if begin_s <= call.arrived_s < begin_s + DAY_S]
        charts = "".join(map(figure, span_charts(replayed, trace, arrivals_s[0], arrivals_s[-1])))
        yield f"<h2>{date:%A}, {date.day} {date:%B %Y}</h2><div class='charts'>{charts}{'' if several else whole}</div>"
    if several:
        yield f"<h2>Day by day</h2><div class='card wide'>{_days(report)}</div>"
        yield f"<h2>Altogether</h2><div class='charts'>{whole}</div>"
    if report.kills:
        kills = "".join(f"<li>{escape(str(kill))}</li>" for kill in report.kills)
        yield f"<h2>Processes killed on the way</h2><ul class='card'>{kills}</ul>"


def _comparison(report: ReplayReport) -> str:
    columns: list[tuple[str, ReplayReport | Figures | dict[str, float]]] = [(OURS, report), (IDEAL, report.ideal)]
    if report.recorded:
        columns.append((RECORD, report.recorded))
    head = "".join(f'<th scope="col">{escape(name)}</th>' for name, _ in columns)
    rows = "".join(
        f'<tr><th scope="row">{escape(name)}</th>'
        + "".join(f"<td>{escape(written(told, field, write))}</td>" for _, told in columns)
        + "</tr>"
        for name, field, write in ROWS
    )
    ring = report.ring_latency_ms
    latency = ", ".join(f"{name} {value:g}" for name, value in _known(("p50", ring.p50), ("p99", ring.p99)))
    return (
        f"<table><thead><tr><td></td>{head}</tr></thead><tbody>{rows}</tbody></table>"
        f"<p>From when a call could ring until it rang, in ms: {latency or 'no figure'}.</p>"
    )


def _known(*named: tuple[str, float | None]) -> Iterator[tuple[str, float]]:
    yield from ((name, value) for name, value in named if value is not None)


def _days(report: ReplayReport) -> str:
    shown = [row for row in ROWS if row[1] in {"offered", "abandonment", "asa_s", "service_level_20s", "longest_line"}]
    head = "".join(f'<th scope="col">{escape(name)}</th><th scope="col">{RECORD}</th>' for name, _, _ in shown)
    rows = "".join(
        f'<tr><th scope="row">{day.day}</th>'
        + "".join(
            f"<td>{escape(written(told if told is not None else {}, field, write))}</td>"
            for _, field, write in shown
            for told in (day.ours, day.recorded)
        )
        + "</tr>"
        for day in report.by_day
    )
    return f"<table><thead><tr><td></td>{head}</tr></thead><tbody>{rows}</tbody></table>"
