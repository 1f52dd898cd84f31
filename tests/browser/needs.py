"""What these tests need of the machine, and what they say where it is not there."""

import pytest

from benchmarks.pages.chromium import find_chromium
from scripts.compose import built_ui

CHROMIUM = find_chromium()

needs_chromium = pytest.mark.skipif(
    CHROMIUM is None, reason="there is no Chromium on this machine: install one (Debian: apt install chromium)"
)
needs_built_ui = pytest.mark.skipif(
    built_ui() is None, reason="the browser app is not built: run `python -m scripts.ui_build`"
)

on_real_pages = [pytest.mark.browser, pytest.mark.integration, pytest.mark.timeout(300), needs_chromium, needs_built_ui]
"""Marks of a module whose pages belong to a running house."""
