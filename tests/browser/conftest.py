"""Real pages in the machine's own Chromium. What is missing on a machine is said where its tests are skipped."""

import json
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from scripts.compose import built_ui
from tests.browser.clinic import Clinic
from tests.integration.house_run import running_house

CHROMIUM_NAMES = ("chromium", "chromium-browser", "google-chrome")
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


@pytest.fixture(scope="session")
def built() -> Path:
    folder = built_ui()
    if folder is None:
        pytest.skip("the browser app is not built: run `python -m scripts.ui_build`")
    return Path(folder)


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    program = next(filter(None, map(shutil.which, CHROMIUM_NAMES)), None)
    if program is None:
        pytest.skip("there is no Chromium on this machine: install one (Debian: apt install chromium)")
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=program, args=list(CHROMIUM_FLAGS))
        yield started
        started.close()


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    context = browser.new_context()
    yield context.new_page()
    context.close()


@pytest.fixture(scope="module")
def clinic(built: Path, browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Clinic]:
    """A running house with its demonstration clinic. `built` and `browser` come first: no start for nothing."""
    assert built.is_dir()
    with running_house(tmp_path_factory.mktemp("browser") / "state") as run:
        logins = json.loads((run.state_dir / "demo_logins.json").read_text())["logins"]
        passwords = {login["login"]: login["password"] for login in logins}
        started = Clinic(browser, run, f"http://127.0.0.1:{run.port}", passwords)
        yield started
        started.close()
