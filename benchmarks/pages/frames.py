"""How smoothly the live view moves: frames a second while a crowded clinic changes, and those of an empty page.

A browser without a graphics card draws on the processor, and here the system under it runs on the same cores. The empty
page says what this machine could have drawn at that moment.
"""

import itertools
import statistics
from typing import TYPE_CHECKING

import msgspec

from benchmarks.pages.seats import Clinic, sit_down

if TYPE_CHECKING:
    from playwright.async_api import Browser, CDPSession, Page

FRAME_MS = 1_000 / 60
COUNT_FRAMES = """
(lastsMs) => new Promise((done) => {
  const times = [];
  const begun = performance.now();
  const frame = (at) => {
    times.push(at);
    if (performance.now() - begun < lastsMs) requestAnimationFrame(frame);
    else done(times);
  };
  requestAnimationFrame(frame);
})
"""


class Frames(msgspec.Struct, frozen=True):
    """What a page drew. `dropped`: frames of sixty a second that it left out. `busy_share` of the time its main thread
    had work; script, layout and style are parts of that.
    """

    frames_per_s: float
    frame_ms_p50: float
    frame_ms_p95: float
    frame_ms_max: float
    dropped: int
    seconds: float
    busy_share: float
    script_share: float
    layout_share: float
    style_share: float


class Smoothness(msgspec.Struct, frozen=True):
    """The live view, and an empty page before and after it. `drawn_rows` of all that there are."""

    live: Frames
    empty_before: Frames
    empty_after: Frames
    drawn_rows: int


async def measure_frames(browser: "Browser", clinic: Clinic, seconds: float) -> Smoothness:
    """While the clinic is crowded: an empty page, the live view, an empty page again."""
    before = await _empty(browser, seconds / 2)
    page = await sit_down(browser, clinic, clinic.supervisor)
    await page.locator("[data-panel=waiting] [role=rowgroup] [role=row]").first.wait_for()
    await page.wait_for_timeout(1_000)  # the first drawing is not what is measured
    live = await _count(page, seconds)
    drawn_rows = await page.locator("[role=row]").count()
    await page.context.close()
    return Smoothness(live, before, await _empty(browser, seconds / 2), drawn_rows)


async def _empty(browser: "Browser", seconds: float) -> Frames:
    page = await browser.new_page()
    try:
        return await _count(page, seconds)
    finally:
        await page.close()


async def _count(page: "Page", seconds: float) -> Frames:
    session = await page.context.new_cdp_session(page)
    await session.send("Performance.enable")
    before = await _metrics(session)
    times_ms: list[float] = await page.evaluate(COUNT_FRAMES, seconds * 1_000)
    after = await _metrics(session)
    gaps_ms = sorted(later - earlier for earlier, later in itertools.pairwise(times_ms))
    lasted_s = (times_ms[-1] - times_ms[0]) / 1_000
    wall_s = after["Timestamp"] - before["Timestamp"]
    cuts = statistics.quantiles(gaps_ms, n=20, method="inclusive")

    def share(name: str) -> float:
        return round((after[name] - before[name]) / wall_s, 3)

    return Frames(
        frames_per_s=round(len(gaps_ms) / lasted_s, 1),
        frame_ms_p50=round(cuts[9], 2),
        frame_ms_p95=round(cuts[18], 2),
        frame_ms_max=round(gaps_ms[-1], 1),
        dropped=sum(round(gap / FRAME_MS) - 1 for gap in gaps_ms if gap > FRAME_MS),
        seconds=round(lasted_s, 1),
        busy_share=share("TaskDuration"),
        script_share=share("ScriptDuration"),
        layout_share=share("LayoutDuration"),
        style_share=share("RecalcStyleDuration"),
    )


async def _metrics(session: "CDPSession") -> dict[str, float]:
    answer = await session.send("Performance.getMetrics")
    return {one["name"]: one["value"] for one in answer["metrics"]}
