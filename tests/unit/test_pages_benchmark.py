"""Pages without what shows them."""

import pytest

from benchmarks.pages.chromium import BrowserMissingError, open_browser


async def test_machine_without_chromium_then_told_what_brings_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    with pytest.raises(BrowserMissingError, match="scripts/chromium"):
        async with open_browser():
            pass
