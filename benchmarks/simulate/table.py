"""The report on a terminal: variants side by side, days beside the record, oracles with their verdicts."""

from collections.abc import Callable, Sequence

from rich.table import Table

from benchmarks.replay.table import ROWS, written
from benchmarks.simulate.estimates import mean_of
from benchmarks.simulate.lives import Figured
from benchmarks.simulate.oracles import Verdict
from benchmarks.simulate.report import Report, Variant, clock, days_of, half_widths, means
from benchmarks.simulate.scenario import Scenario
from benchmarks.simulate.staffing import Staffed

Write = Callable[[float], str]
MORE_ROWS: tuple[tuple[str, str, Write], ...] = (
    ("within its queue's time, of offered", "within_sla", "{:.1%}".format),
)
BY_DAY = ("offered", "abandonment", "asa_s", "service_level_20s", "occupancy")
SIDE_BY_SIDE_MAX = 4
"""More variants than that stand below each other."""


def table_of(report: Report) -> Table:
    """The case as it is, its half-widths where it was repeated, the record where there is one, and its variants."""
    side_by_side = len(report.variants) <= SIDE_BY_SIDE_MAX
    shown = report.variants if side_by_side else report.variants[:1]
    table = Table(title=f"{report.name}: {replications(report)}, {report.agents} agents")
    table.add_column("")
    for variant in shown:
        table.add_column(variant.name, justify="right")
    if report.recorded is not None:
        table.add_column("the record", justify="right")
    for name, field, write in (*ROWS, *MORE_ROWS):
        cells = [cell(variant, field, write) for variant in shown]
        if report.recorded is not None:
            cells.append(one_figure(report.recorded.whole, field, write))
        table.add_row(name, *cells)
    table.caption = f"{report.elapsed_s:.1f} s, {report.calls_per_s:,.0f} calls/s"
    return table


def variants_table(report: Report) -> Table | None:
    """One row for each variant, where there are too many for columns."""
    if len(report.variants) <= SIDE_BY_SIDE_MAX:
        return None
    rows = [row for row in (*ROWS, *MORE_ROWS) if row[1] in {*BY_DAY, "longest_line", "within_sla"}]
    table = Table(title="What if")
    table.add_column("", no_wrap=True)
    for name, _, _ in rows:
        table.add_column(name, justify="right")
    for variant in report.variants:
        table.add_row(variant.name, *(cell(variant, field, write) for _, field, write in rows))
    return table


def days_table(report: Report) -> Table | None:
    """Day by day, ours and the record's in one cell; nothing for a single day."""
    if len(days_of(report)) < 2:
        return None
    rows = [row for row in ROWS if row[1] in BY_DAY]
    table = Table(title="Day by day" + (", simulated / recorded" if report.recorded is not None else ""))
    table.add_column("")
    for name, _, _ in rows:
        table.add_column(name, justify="right")
    for day in days_of(report):
        ours = means(one.by_day[day] for one in report.base.told if day in one.by_day)
        recorded = report.recorded.by_day.get(day) if report.recorded is not None else None
        cells = [
            one_figure(ours, field, write)
            + (f" / {one_figure(recorded, field, write)}" if recorded is not None else "")
            for _, field, write in rows
        ]
        table.add_row(report.date_of(day), *cells)
    return table


def staffing_table(scenario: Scenario, target: float, found: Sequence[Staffed]) -> Table:
    """The roster by interval, beside what Erlang C asks for."""
    table = Table(title=f"{scenario.name}: {target:.1%} answered in their queue's time, in every interval")
    for name in ("begins", "calls expected", "agents", "Erlang C", "answered in time"):
        table.add_column(name, justify="right")
    for one in found:
        cells = (f"{one.calls:g}", str(one.agents), str(one.erlang_c), f"{one.within_sla:.1%}")
        table.add_row(clock(one.begins_s), *cells)
    hours = sum(one.agents for one in found) * scenario.interval_s / 3_600
    table.caption = f"{hours:g} agent hours; Erlang C knows one line, nobody who hangs up, and no hour before this one"
    return table


def oracles_table(verdicts: Sequence[Verdict]) -> Table:
    table = Table(title="Waiting-line theory and the engine")
    for name in ("line", "figure", "theory", "simulated", "± 99 %", "asked for", "verdict"):
        table.add_column(name, justify="left" if name in {"line", "figure", "verdict"} else "right")
    last = ""
    for one in verdicts:
        verdict = "agrees" if one.agrees else "[red]differs[/red]"
        table.add_row(
            one.oracle if one.oracle != last else "",
            one.figure,
            f"{one.theory:.5g}",
            f"{one.simulated:.5g}",
            f"{one.half_width:.2g}",
            f"{one.narrow:.2g}" if one.narrow is not None else "",
            verdict if one.is_narrow else f"{verdict}, [red]too wide[/red]",
        )
        last = one.oracle
    return table


def replications(report: Report) -> str:
    count = len(report.base.told)
    return "one replication" if count == 1 else f"{count} replications, ± 99 %"


def cell(variant: Variant, field: str, write: Write) -> str:
    """The mean of a figure, and how far it may be off."""
    half_width = half_width_figure(variant, field, write)
    mean = mean_figure(variant, field, write)
    return mean if half_width is None else f"{mean} ± {half_width}"


def mean_figure(variant: Variant, field: str, write: Write) -> str:
    return one_figure({field: mean_of([one.whole[field] for one in variant.told])}, field, write)


def half_width_figure(variant: Variant, field: str, write: Write) -> str | None:
    """None where there is a single replication, or where nothing varies."""
    half_width = half_widths([{field: one.whole[field]} for one in variant.told])[field]
    return one_figure({field: half_width}, field, write) if half_width else None


def one_figure(told: Figured, field: str, write: Write) -> str:
    """Counts are means here, and need a digit at most."""
    value = told.get(field)
    if value is None:
        return "-"
    return f"{value:.10g}" if write is str and float(value).is_integer() else _mean_written(value, write)


def _mean_written(value: float, write: Write) -> str:
    return f"{value:.1f}" if write is str else written({"value": value}, "value", write)
