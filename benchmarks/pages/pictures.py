"""Pictures of the pages while the clinic works. What is on them went through the running system."""

import contextlib
import re
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks.calls.run import Progress
from benchmarks.pages.chromium import open_browser
from benchmarks.pages.seats import Clinic, Scheme, sit_down

if TYPE_CHECKING:
    from playwright.async_api import Page

WIDE, NARROW = (1280, 800), (390, 780)
"""Pixels: a small laptop's page, and a telephone's."""
NOTE = "Would rather come on Thursday, any time after 3 pm. Asked for the invoice by mail."
LINE_MIN = 6
"""The live view is pictured when so many wait, or when it has been waited for them for `LINE_WITHIN_MS`."""
LINE_WITHIN_MS = 420_000
"""The quiet half hour of a demonstration is over by then."""
RINGS_WITHIN_MS = 120_000
CALLER_CELL = 2
SOMEBODY = re.compile(r"\w")
"""Names come a moment after the rows."""
RUNG_MS = 2_500
"""A ring is pictured when its countdown has begun to run down, a call when its timer has begun to run."""
SETTLED_MS = 400
"""Colours and heights have stopped changing by then."""
PICTURES = 7


class NobodyCallsError(Exception):
    """No call rang at the agent."""


class Album:
    """Where pictures go, each under its name."""

    def __init__(self, folder: Path, progress: Progress) -> None:
        self._folder = folder
        self._progress = progress
        folder.mkdir(parents=True, exist_ok=True)
        progress.step("Pictures", PICTURES)

    async def take(self, page: "Page", name: str, size: tuple[int, int] = WIDE, scheme: Scheme = "light") -> None:
        await page.set_viewport_size({"width": size[0], "height": size[1]})
        await page.emulate_media(color_scheme=scheme)
        await page.mouse.move(0, 0)
        await page.wait_for_timeout(SETTLED_MS)
        await page.screenshot(path=self._folder / f"{name}.png")
        self._progress.advance(1)


async def take_pictures(clinic: Clinic, folder: Path, progress: Progress) -> None:
    """The live view, and a softphone through two calls. Raises `BrowserMissingError` and `NobodyCallsError`."""
    async with open_browser() as browser:
        album = Album(folder, progress)
        phone = await sit_down(browser, clinic, clinic.agent, size=WIDE)
        try:
            await _softphone(phone, album)
            await _live_view(await sit_down(browser, clinic, clinic.supervisor, size=WIDE), album)
        finally:
            await phone.keyboard.press("o")
            await phone.get_by_text("No calls ring here").or_(phone.get_by_text("After this: Offline")).wait_for()


async def _live_view(watcher: "Page", album: Album) -> None:
    from playwright.async_api import TimeoutError as WaitedEnoughError  # noqa: PLC0415 - only developers have it

    rows = watcher.locator("[data-panel=waiting] [role=rowgroup] [role=row]")
    with contextlib.suppress(WaitedEnoughError):
        await rows.nth(LINE_MIN - 1).wait_for(timeout=LINE_WITHIN_MS)
        await rows.first.get_by_role("cell").nth(CALLER_CELL).filter(has_text=SOMEBODY).wait_for()
    await album.take(watcher, "live-light")
    await album.take(watcher, "live-dark", scheme="dark")
    await album.take(watcher, "live-telephone", NARROW)


async def _softphone(phone: "Page", album: Album) -> None:
    """One call from its ring to its wrap-up, and the ring of the next one on a telephone."""
    await _ring(phone)
    await album.take(phone, "softphone-ringing")
    await _answer(phone)
    note = phone.get_by_role("textbox", name="Note")
    await note.fill(NOTE)
    await phone.get_by_text("Saved", exact=True).wait_for()
    await note.blur()
    await phone.wait_for_timeout(RUNG_MS)
    await album.take(phone, "softphone-call")
    await phone.keyboard.press("x")
    await phone.locator("[data-presence=wrap_up]").wait_for()
    await phone.keyboard.type("re")
    await phone.wait_for_timeout(RUNG_MS)
    await album.take(phone, "softphone-wrap-up", scheme="dark")
    await phone.keyboard.press("Enter")
    await _ring(phone)
    await album.take(phone, "softphone-telephone", NARROW)
    await _answer(phone)
    await phone.keyboard.press("o")
    await phone.get_by_text("After this: Offline").wait_for()
    await phone.keyboard.press("x")
    await phone.get_by_role("button", name="Finish without one").click()
    await phone.locator("[data-presence=offline]").wait_for()


async def _ring(phone: "Page") -> None:
    from playwright.async_api import TimeoutError as WaitedEnoughError  # noqa: PLC0415 - only developers have it

    await phone.keyboard.press("r")
    try:
        await phone.locator("[data-presence=offered]").wait_for(timeout=RINGS_WITHIN_MS)
    except WaitedEnoughError:
        raise NobodyCallsError from None
    await phone.wait_for_timeout(RUNG_MS)


async def _answer(phone: "Page") -> None:
    await phone.get_by_role("button", name="Accept").click()
    await phone.locator("[data-presence=on_call]").wait_for()
