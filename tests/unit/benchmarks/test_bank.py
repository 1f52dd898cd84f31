"""The reader of the recorded trace: its totals, as ORACLES has them, and what it makes of odd rows."""

from datetime import date, datetime
from pathlib import Path

import pytest

from benchmarks.replay.bank import COLUMNS, read_bank
from benchmarks.replay.figures import figures, recorded_course
from benchmarks.replay.trace import Outcome, Span, Trace, TraceError, window
from tests.recorded import RECORDED, needs_recorded_trace

ROW = {
    "vru+line": "AA0101",
    "call_id": "1",
    "customer_id": "0",
    "priority": "0",
    "type": "PS",
    "date": "990201",
    "vru_entry": "8:00:00",
    "vru_exit": "8:00:10",
    "vru_time": "10",
    "q_start": "0:00:00",
    "q_exit": "0:00:00",
    "q_time": "0",
    "outcome": "AGENT",
    "ser_start": "8:00:09",
    "ser_exit": "8:02:09",
    "ser_time": "120",
    "server": "TOVA",
}


def hung_up(wait_s: int, **fields: str) -> dict[str, str]:
    no_service = {"ser_start": "0:00:00", "ser_exit": "0:00:00", "ser_time": "0", "server": "NO_SERVER"}
    return ROW | {"outcome": "HANG", "q_time": str(wait_s)} | no_service | fields


def served(start: str, end: str, seconds: int, **fields: str) -> dict[str, str]:
    return ROW | {"ser_start": start, "ser_exit": end, "ser_time": str(seconds)} | fields


def written(folder: Path, *rows: dict[str, str], header: tuple[str, ...] = COLUMNS) -> Path:
    """A file with these rows."""
    file = folder / "trace.tsv"
    lines = ["\t".join(header), *("\t".join(row.values()) for row in rows)]
    file.write_text("\n".join(lines) + "\n")
    return file


def read(folder: Path, *rows: dict[str, str], header: tuple[str, ...] = COLUMNS) -> Trace:
    return read_bank(written(folder, *rows, header=header), seed=1)


@needs_recorded_trace
def test_fourteen_recorded_days_then_the_published_totals() -> None:
    trace = read_bank(RECORDED, seed=1)
    told = figures(recorded_course(trace))
    assert (told.offered, told.answered, told.abandoned, told.open) == (17_313, 14_405, 2_908, 0)
    assert (told.asa_s, told.aht_s) == (34.41, 166.86)
    assert (told.service_level_20s, told.service_level_20s_offered) == (0.6361, 0.5293)
    assert (len(trace.agents), trace.first_day) == (24, date(1999, 2, 1))


@needs_recorded_trace
def test_recorded_patience_then_kept_by_who_hung_up_and_longer_than_the_wait_of_who_was_answered() -> None:
    calls = read_bank(RECORDED, seed=1).calls
    waits = [(call, call.recorded) for call in calls if call.recorded is not None]
    assert all(call.patience_s == end.wait_s for call, end in waits if end.outcome is Outcome.ABANDONED)
    assert all(call.patience_s > end.wait_s for call, end in waits if end.outcome is Outcome.ANSWERED)
    assert [call.patience_s for call in read_bank(RECORDED, seed=1).calls] == [call.patience_s for call in calls]


def test_phantom_then_no_call_and_no_server_then_a_call_and_no_agent(tmp_path: Path) -> None:
    trace = read(tmp_path, ROW | {"outcome": "PHANTOM"}, ROW | {"server": "NO_SERVER"}, hung_up(7, priority="2"))
    assert [(call.service_s, call.patience_s, call.has_priority) for call in trace.calls] == [
        (120.0, 7.0, False),
        (120.0, 7.0, True),
    ]
    assert trace.agents == ()


def test_services_of_a_day_then_skills_and_a_shift_and_no_time_twice(tmp_path: Path) -> None:
    trace = read(
        tmp_path,
        served("9:00:00", "9:10:00", 600, type="NE"),
        served("8:00:09", "8:02:09", 120),
        served("8:01:09", "8:03:09", 120),
        served("0:00:00", "0:00:00", 0, type="IN"),
        served("8:00:00", "8:01:00", 60, date="990203"),
    )
    (agent,) = trace.agents
    day_3 = 2 * 86_400 + 8 * 3_600
    assert agent.skills == ("IN", "NE", "PS")
    assert agent.shifts == (Span(28_809, 33_000), Span(day_3, day_3 + 60))
    assert agent.services == (Span(28_809, 28_929), Span(28_929, 28_989), Span(32_400, 33_000), Span(day_3, day_3 + 60))


def test_call_over_midnight_then_its_service_is_on_the_next_day(tmp_path: Path) -> None:
    late = ROW | {"vru_entry": "23:59:50", "vru_exit": "0:00:05"}
    trace = read(tmp_path, late | {"ser_start": "0:00:04", "ser_exit": "0:02:04"})
    assert trace.calls[0].arrived_s == 86_405
    assert trace.agents[0].shifts == (Span(86_404, 86_524),)


@pytest.mark.parametrize(
    ("rows", "sentence"),
    [
        ([ROW, ROW | {"q_time": "soon"}], "line 3: q_time is 'soon' and no number of seconds"),
        ([ROW | {"vru_exit": "25:00:00"}], "line 2: '25:00:00' is no time of the day"),
        ([ROW | {"date": "990231"}], "line 2: day is out of range"),
        ([ROW | {"outcome": "LUNCH"}], "line 2: the outcome 'LUNCH' is not AGENT, HANG or PHANTOM"),
        ([{"vru+line": "AA0101"}], "line 2: there are 1 fields and not 17"),
        ([ROW | {"ser_time": "-5"}], "line 2: ser_time is '-5' and no number of seconds"),
        ([], "has no calls"),
    ],
)
def test_row_that_cannot_be_read_then_the_line_is_named(
    tmp_path: Path, rows: list[dict[str, str]], sentence: str
) -> None:
    with pytest.raises(TraceError, match=sentence):
        read(tmp_path, *rows)


def test_other_file_or_none_then_said(tmp_path: Path) -> None:
    with pytest.raises(TraceError, match="first line must name"):
        read(tmp_path, ROW, header=("a", "b"))
    with pytest.raises(TraceError, match="No such file"):
        read_bank(tmp_path / "missing.tsv", seed=1)


def test_window_then_what_arrives_in_it_and_the_parts_of_shifts(tmp_path: Path) -> None:
    trace = read(tmp_path, ROW, served("9:00:00", "9:10:00", 600, vru_entry="8:59:00", vru_exit="9:00:00"))
    part = window(trace, datetime(1999, 2, 1, 8, 30), datetime(1999, 2, 1, 9, 5))  # noqa: DTZ001 - the center's clock
    assert [call.arrived_s for call in part.calls] == [32_400]
    assert part.agents[0].shifts == (Span(30_600, 32_700),)


@pytest.mark.parametrize(
    ("begin", "end", "sentence"), [(9, 9, "ends .* before it begins"), (10, 12, "Nobody calls in that window")]
)
def test_window_is_empty_then_said(tmp_path: Path, begin: int, end: int, sentence: str) -> None:
    trace = read(tmp_path, ROW)
    with pytest.raises(TraceError, match=sentence):
        window(trace, datetime(1999, 2, 1, begin), datetime(1999, 2, 1, end))  # noqa: DTZ001 - the center's clock
