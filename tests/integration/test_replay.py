"""Recorded hours and made-up ones through the running house, judged by the replay's own ledger against the journal."""

import asyncio
import csv
import json
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.integration.house_run import Run, administrator, clean_environment, running_house
from tests.integration.test_load import KINDS
from tests.recorded import RECORDED, needs_recorded_trace
from tests.tidy.tree import ROOT

pytestmark = [pytest.mark.integration, pytest.mark.timeout(300)]


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Run]:
    with running_house(tmp_path_factory.mktemp("replay") / "state") as started:
        yield started


def replay(run: Run, report: Path, *options: str) -> dict[str, Any]:
    """A replay on this run; its report. It must be pleased with itself."""
    command = [sys.executable, "-m", "scripts.cli", "replay", "--json", str(report), *options]
    environment = clean_environment() | {"STROWGER_STATE_DIR": str(run.state_dir), "STROWGER_PORT": str(run.port)}
    done = subprocess.run(  # noqa: S603 - our own command line
        command,
        cwd=report.parent,
        env=environment | {"PYTHONPATH": str(ROOT)},
        capture_output=True,
        timeout=280,
        check=False,
    )
    assert done.returncode == 0, done.stderr.decode()
    told: dict[str, Any] = json.loads(report.read_text())
    return told


def outcomes_in_file(day: str, begin: str, end: str) -> Counter[str]:
    """Calls of the file by outcome: its rows, counted without our reader. Clock times with two digits for the hour."""
    with RECORDED.open() as file:
        return Counter(
            row["outcome"]
            for row in csv.DictReader(file, delimiter="\t")
            if row["date"] == day and begin <= row["vru_exit"].zfill(8) < end and row["outcome"] != "PHANTOM"
        )


def is_sound(told: dict[str, Any]) -> bool:
    """Nothing lost, nothing double, every call accounted for, both accounts the same."""
    faults = (told["lost_calls"], told["double_offers"], told["disagreements"])
    return faults == (0, 0, 0) and told["offered"] == told["answered"] + told["abandoned"] + told["open"]


async def left_behind(run: Run) -> list[str]:
    """Calls that live and agents who are not offline."""
    async with administrator(run) as client:
        present = [agent["agent_id"] for agent in await client.agents() if agent["presence"] != "offline"]
        return present + [call["call_id"] for call in await client.calls()]


@needs_recorded_trace
def test_two_recorded_hours_then_every_call_of_the_file_is_accounted_for(run: Run, tmp_path: Path) -> None:
    window = ("--from", "1999-02-01T08:00", "--to", "1999-02-01T10:00", "--speed", "60")
    told = replay(run, tmp_path / "bank.json", str(RECORDED), *window)
    counted = outcomes_in_file("990201", "08:00:00", "10:00:00")
    assert is_sound(told)
    assert told["offered"] == counted.total() == 252
    assert (told["recorded"]["answered"], told["recorded"]["abandoned"]) == (counted["AGENT"], counted["HANG"])
    assert told["answered"] > 200
    assert told["ring_latency_ms"]["p50"] > 0
    assert asyncio.run(left_behind(run)) == []


def test_made_up_hours_and_every_shard_killed_then_nothing_is_lost_or_double(run: Run, tmp_path: Path) -> None:
    window = ("--from", "2024-01-08T09:00", "--to", "2024-01-08T10:00", "--speed", "120")
    told = replay(run, tmp_path / "kill.json", "--synthetic", "--seed", "3", "--kill", *window)
    assert is_sound(told)
    assert told["recorded"] == {}
    assert told["answered"] > 50
    assert sorted(kill["name"] for kill in told["kills"]) == sorted(KINDS)
    assert asyncio.run(left_behind(run)) == []


def test_cut_while_callers_wait_then_they_are_open_and_nobody_is_left_in_line(run: Run, tmp_path: Path) -> None:
    window = ("--from", "2024-01-08T07:10", "--to", "2024-01-08T07:20", "--speed", "60", "--wrap-up", "600")
    told = replay(run, tmp_path / "cut.json", "--synthetic", *window)
    assert is_sound(told)
    assert told["open"] > 0
    assert asyncio.run(left_behind(run)) == []
