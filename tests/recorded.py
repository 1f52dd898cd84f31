"""Where the recorded trace lies, which is no part of the repository: beside it, or where REPLAY_TRACE says."""

import os
from pathlib import Path

import pytest

from tests.tidy.tree import ROOT

DEFAULT = ROOT.parent / "shared" / "data" / "anonymous_bank" / "february_first_half.tsv"
RECORDED = Path(os.environ.get("REPLAY_TRACE", DEFAULT))

needs_recorded_trace = pytest.mark.skipif(
    not RECORDED.is_file(), reason=f"there is no recorded trace at {RECORDED}: set REPLAY_TRACE"
)
