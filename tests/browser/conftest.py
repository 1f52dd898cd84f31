"""Real pages in the machine's own Chromium."""

import json
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from tests.browser.clinic import Clinic
from tests.browser.needs import CHROMIUM
from tests.integration.house_run import running_house

CHROMIUM_FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """One browser for a module and no longer: while it runs, Playwright holds the event loop of this thread."""
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=CHROMIUM, args=list(CHROMIUM_FLAGS))
        yield started
        started.close()


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    context = browser.new_context()
    yield context.new_page()
    context.close()


@pytest.fixture(scope="module")
def clinic(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Clinic]:
    """A running house with its demonstration clinic."""
    with running_house(tmp_path_factory.mktemp("browser") / "state") as run:
        logins = json.loads((run.state_dir / "demo_logins.json").read_text())["logins"]
        passwords = {login["login"]: login["password"] for login in logins}
        started = Clinic(browser, run, f"http://127.0.0.1:{run.port}", passwords)
        yield started
        started.close()
