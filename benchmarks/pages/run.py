"""A measurement of the pages from set-up to report."""

import itertools
import secrets

import msgspec

from benchmarks.calls.run import Percentiles, Progress, percentiles
from benchmarks.pages.chromium import open_browser
from benchmarks.pages.crowd import Plan, crowded
from benchmarks.pages.follow import measure_following
from benchmarks.pages.frames import Smoothness, measure_frames
from benchmarks.pages.seats import Clinic
from web.client import Client


class PagesReport(msgspec.Struct, frozen=True, kw_only=True):
    """What came out. Delays in milliseconds until the supervisor's page shows an event: by event and of `all`, counted
    from the agent's page and from the agent's key. `changes` happened while frames were counted and around it.
    """

    rounds: int
    agents: int
    waiting: int
    changes_per_s: float
    changes: int
    follow_from_page_ms: dict[str, Percentiles]
    follow_from_key_ms: dict[str, Percentiles]
    smoothness: Smoothness


async def run_pages(clinic: Clinic, plan: Plan, progress: Progress, *, rounds: int, seconds: float) -> PagesReport:
    """Follow an agent through calls while nothing else happens, then count frames in a crowd.

    Raises `BrowserMissingError`.
    """
    async with open_browser() as browser, Client(clinic.url) as client:
        await clinic.administer(client)
        progress.step("Calls followed", rounds)
        delays = await measure_following(browser, client, clinic, rounds)
        progress.advance(rounds)
        progress.step("Crowd", 1)
        async with crowded(client, plan, f"bench-{secrets.token_hex(3)}") as crowd:
            progress.advance(1)
            progress.step("Frames", 1)
            smoothness = await measure_frames(browser, clinic, seconds)
            changes = crowd.changes
            progress.advance(1)
    return PagesReport(
        rounds=rounds,
        agents=plan.agents,
        waiting=plan.waiting,
        changes_per_s=plan.changes_per_s,
        changes=changes,
        follow_from_page_ms=_by_event(delays.from_page_ms),
        follow_from_key_ms=_by_event(delays.from_key_ms),
        smoothness=smoothness,
    )


def _by_event(samples_ms: dict[str, list[float]]) -> dict[str, Percentiles]:
    everything = list(itertools.chain.from_iterable(samples_ms.values()))
    return {event: percentiles(samples) for event, samples in {**samples_ms, "all": everything}.items()}
