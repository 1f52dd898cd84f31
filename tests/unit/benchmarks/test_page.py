"""The page with charts: whole in itself, readable without seeing the charts, and true to the figures."""

import math
import re
import xml.etree.ElementTree as ET

import pytest

from benchmarks.calls.kills import KillReport
from benchmarks.calls.run import Percentiles
from benchmarks.replay.charts import Chart, Mark, Series, figure, nice_top
from benchmarks.replay.figures import figures, recorded_course
from benchmarks.replay.page import render
from benchmarks.replay.report import ReplayReport, days_of
from benchmarks.replay.run import Replayed
from tests.unit.benchmarks.test_explain import OURS, TRACE


def replayed(**changed: object) -> Replayed:
    recorded = recorded_course(TRACE)
    told = {
        "lost_calls": 0,
        "double_offers": 0,
        "ring_latency_ms": Percentiles(10.0, 20.0, 30.0, 40.0),
        "recorded": figures(recorded),
        "elapsed_s": 12.0,
        "ideal": figures(OURS),
        "disagreements": 0,
        "trace": "A <bank>",
        "first": "2024-01-08 00:00",
        "last": "2024-01-08 01:00",
        "speed": 60.0,
        "seed": 1,
        "agents": 2,
        "by_day": days_of(TRACE, OURS, OURS, recorded),
        "kills": [KillReport("queue-0", 5.0, 1.5)],
        "refusals": {},
        "reconnects": 0,
        "explanations": ["Because & so."],
    }
    ours = figures(OURS)
    fields = {name: getattr(ours, name) for name in ours.__struct_fields__}
    report = ReplayReport(**(fields | told | changed))
    return Replayed(report, OURS, OURS, recorded, [10.0, 20.0, 30.0])


def test_page_then_nothing_comes_from_elsewhere_and_it_is_well_formed() -> None:
    page = render(replayed(), TRACE)
    assert not re.search(r"(src|href|url\(|@import|<script)", page)
    assert "prefers-color-scheme: dark" in page
    assert "A &lt;bank&gt;" in page
    assert "Because &amp; so." in page
    for drawn in re.findall(r"<svg.*?</svg>", page):
        assert ET.fromstring(drawn).attrib["role"] == "img"  # noqa: S314 - our own text
    assert len(re.findall(r"<svg.*?</svg>", page)) == page.count("<figure>") == 7


def test_good_run_then_it_says_so_and_a_bad_one_then_what_is_wrong() -> None:
    assert "Nothing lost, nothing double, every call accounted for" in render(replayed(), TRACE)
    page = render(replayed(lost_calls=3, offered=5), TRACE)
    assert "3 calls were lost." in page
    assert "5 calls were offered, and 2 were answered, abandoned or open." in page


def test_chart_then_its_figures_stand_in_a_table_and_what_is_missing_is_a_gap() -> None:
    series = [
        Series("up", "ours", Mark.STACK, [1, 2, 3]),
        Series("down", "abandoned", Mark.STACK, [1, 0, 1]),
        Series("line", "record", Mark.LINE, [1, None, 2]),
    ]
    drawn = figure(Chart(title="T", about="What.", labels=["a", "b", "c"], series=series))
    assert re.findall(r"<td>([^<]+)</td>", drawn) == ["1", "1", "1", "2", "0", "-", "3", "1", "2"]
    assert drawn.count("<rect") == 5
    assert drawn.count('class="record line"') == 1 + 2  # in the legend, and on both sides of the gap
    assert "<title>c · up: 3</title>" in drawn


@pytest.mark.parametrize(
    ("highest", "top"), [(0, 5), (1, 1), (4, 5), (5, 5), (17, 25), (26, 50), (99, 100), (0.3, 0.5), (77, 100)]
)
def test_axis_then_it_ends_at_a_round_number_that_is_high_enough(highest: float, top: float) -> None:
    assert math.isclose(nice_top(highest), top)
