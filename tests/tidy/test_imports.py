"""The layers of the house, as import-linter sees them."""

import subprocess
import sys
from pathlib import Path

from tests.tidy.tree import PACKAGES, ROOT, files


def test_layers_then_data_flows_one_way() -> None:
    command = [str(Path(sys.executable).with_name("lint-imports")), "--no-cache"]
    result = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)  # noqa: S603
    assert result.returncode == 0, result.stdout


def test_top_level_folders_then_they_are_the_fixed_ones() -> None:
    found = {path.parts[0] for path in files() if len(path.parts) > 1}
    assert found <= {*PACKAGES, "tests", "docs", ".ci"}
