"""One real fault of each cheap kind, on a house of its own; what takes longer is for `strowger chaos` by hand."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.integration.house_run import clean_environment
from tests.tidy.tree import ROOT

pytestmark = [pytest.mark.integration, pytest.mark.timeout(400)]

CHAOS = (sys.executable, "-m", "scripts.cli", "chaos")
KINDS = {"kill-queue", "kill-gateway", "kill-postgres", "empty-valkey", "cut-clients"}


def run_chaos(folder: Path, *options: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(  # noqa: S603 - our own command line
        [*CHAOS, *options],
        cwd=folder,
        env=clean_environment() | {"PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        timeout=380,
        check=False,
    )


def test_a_fault_of_each_cheap_kind_then_nothing_is_lost_double_or_stale(tmp_path: Path) -> None:
    load = ("--rate", "6", "--agents", "24", "--seed", "5")
    done = run_chaos(tmp_path, "--kinds", ",".join(sorted(KINDS)), *load, "--json", "chaos.json")
    assert done.returncode == 0, done.stderr
    told = json.loads((tmp_path / "chaos.json").read_text())
    assert {fault["kind"] for fault in told["faults"]} == KINDS
    assert all(fault["dispatching_again_s"] is not None for fault in told["faults"])
    found = ("lost_calls", "double_offers", "stale_writes", "unserved", "differences")
    assert [told[name] for name in found] == [0] * len(found)
    [house] = told["houses"]
    assert house["acknowledged"] == house["completed"] > 0
    assert house["entries"] > house["acknowledged"]


def test_kind_that_does_not_exist_then_it_is_named_and_nothing_starts(tmp_path: Path) -> None:
    done = run_chaos(tmp_path, "--kinds", "kill-queue,kill-cat")
    assert (done.returncode, list(tmp_path.iterdir())) == (1, [])
    assert "kill-cat" in done.stderr


def test_list_then_every_kind_is_on_it(tmp_path: Path) -> None:
    done = run_chaos(tmp_path, "--list")
    assert done.returncode == 0
    assert all(kind in done.stdout for kind in KINDS)
