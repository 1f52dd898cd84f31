"""The machine's own Chromium, without a screen."""

import contextlib
import shutil
from collections.abc import AsyncIterator
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from playwright.async_api import Browser

NAMES = ("chromium", "chromium-browser", "google-chrome")
FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
"""All pages are those of this house, and containers have no user namespaces for a sandbox."""


class BrowserMissingError(Exception):
    """Something that is needed to show pages is not installed; the message says what to do."""


def find_chromium() -> str | None:
    """Where the program is."""
    return next(filter(None, map(shutil.which, NAMES)), None)


@contextlib.asynccontextmanager
async def open_browser() -> AsyncIterator["Browser"]:
    """A browser for as long as the block lasts. Raises `BrowserMissingError`."""
    program = find_chromium()
    if program is None:
        raise BrowserMissingError("There is no Chromium on this machine: `scripts/chromium` brings it on Debian.")
    try:
        from playwright.async_api import async_playwright  # noqa: PLC0415 - only developers have it
    except ImportError:
        raise BrowserMissingError("Playwright, which drives the browser, comes with `scripts/setup --dev`.") from None
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=program, args=list(FLAGS))
        try:
            yield browser
        finally:
            await browser.close()
