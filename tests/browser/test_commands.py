"""Commands that show pages, against the running house."""

import subprocess
import sys
from pathlib import Path

import msgspec

from benchmarks.pages.run import PagesReport
from tests.browser.clinic import Clinic
from tests.browser.needs import on_real_pages
from tests.integration.house_run import clean_environment
from tests.tidy.tree import ROOT

pytestmark = on_real_pages


def strowger(clinic: Clinic, *arguments: str) -> None:
    run = clinic.house.run
    settings = {"STROWGER_PORT": str(run.port), "STROWGER_STATE_DIR": str(run.state_dir)}
    subprocess.run(  # noqa: S603 - our own command line
        [sys.executable, "-m", "scripts.cli", *arguments], cwd=ROOT, env=clean_environment() | settings, check=True
    )


def test_bench_pages_then_each_event_and_the_frames_are_in_the_report(clinic: Clinic, tmp_path: Path) -> None:
    file = tmp_path / "pages.json"
    size = ("--rounds", "2", "--agents", "5", "--waiting", "20", "--changes", "10", "--seconds", "1")
    strowger(clinic, "bench", "pages", *size, "--json", str(file))
    report = msgspec.json.decode(file.read_bytes(), type=PagesReport)
    events = {"available", "ringing", "on_call", "on_hold", "wrap_up", "all"}
    assert set(report.follow_from_page_ms) == events
    assert set(report.follow_from_key_ms) == events - {"ringing"}
    assert report.smoothness.live.frames_per_s > 0
    assert report.changes > 0
