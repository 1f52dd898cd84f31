"""Real pages in the machine's own Chromium."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from benchmarks.pages.chromium import FLAGS
from tests.browser.clinic import Clinic, House
from tests.browser.needs import CHROMIUM
from tests.integration.house_run import running_house


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """One browser for a module and no longer: while it runs, Playwright holds the event loop of this thread."""
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=CHROMIUM, args=list(FLAGS))
        yield started
        started.close()


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    context = browser.new_context()
    yield context.new_page()
    context.close()


@pytest.fixture(scope="package")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """A running house with its demonstration clinic, for all modules here."""
    with running_house(tmp_path_factory.mktemp("browser") / "state") as run:
        house = House(run)
        yield house
        house.run.stop()


@pytest.fixture
def clinic(browser: Browser, house: House) -> Iterator[Clinic]:
    """The clinic before its first agent comes; afterwards everybody has gone home."""
    clinic = Clinic(browser, house)
    yield clinic
    clinic.go_home()
