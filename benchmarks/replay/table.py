"""The report on a terminal: ours beside the record."""

from collections.abc import Callable

from rich.table import Table

from benchmarks.replay.figures import Figures
from benchmarks.replay.report import ReplayReport


def _seconds(value: float) -> str:
    return f"{value:.1f} s"


def _share(value: float) -> str:
    return f"{value:.1%}"


ROWS: tuple[tuple[str, str, Callable[[float], str]], ...] = (
    ("calls offered", "offered", str),
    ("answered", "answered", str),
    ("abandoned", "abandoned", str),
    ("open at the cut", "open", str),
    ("abandonment", "abandonment", _share),
    ("ASA", "asa_s", _seconds),
    ("AHT", "aht_s", _seconds),
    ("within 20 s, of answered", "service_level_20s", _share),
    ("within 20 s, of offered", "service_level_20s_offered", _share),
    ("longest line", "longest_line", str),
    ("occupancy", "occupancy", _share),
)
"""What is shown, the field, and how it is written."""


def written(figures: ReplayReport | Figures | dict[str, float], field: str, write: Callable[[float], str]) -> str:
    """A figure as people read it; a dash where there is none."""
    value = figures.get(field) if isinstance(figures, dict) else getattr(figures, field)
    return "-" if value is None else write(value)


def table_of(report: ReplayReport) -> Table:
    title = f"{report.trace}, {report.first} to {report.last}, speed {report.speed:g}, {report.agents} agents"
    table = Table(title=title)
    table.add_column("")
    table.add_column("ours", justify="right")
    table.add_column("without delay", justify="right", style="dim")
    table.add_column("the record", justify="right")
    for name, field, write in ROWS:
        table.add_row(name, *(written(one, field, write) for one in (report, report.ideal, report.recorded)))
    ring = report.ring_latency_ms
    latencies = ", ".join(
        f"{name} {'-' if value is None else f'{value:.1f}'}"
        for name, value in (("p50", ring.p50), ("p95", ring.p95), ("p99", ring.p99), ("max", ring.max))
    )
    table.caption = (
        f"{report.lost_calls} lost, {report.double_offers} double offers, took {report.elapsed_s:.0f} s\n"
        f"until a call rings that can ring, ms: {latencies}"
    )
    for kill in report.kills:
        table.caption += f"\n{kill}"
    return table
