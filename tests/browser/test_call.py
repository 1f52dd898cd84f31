"""One call from the agent's and the supervisor's screens, with everything that happens to pages in between."""

import os
import re
import signal
from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from tests.browser.clinic import Clinic, expect_connected, expect_presence, expect_text, fill_in
from tests.browser.needs import needs_built_ui, needs_chromium

pytestmark = [pytest.mark.browser, pytest.mark.integration, pytest.mark.timeout(300), needs_chromium, needs_built_ui]

FOLLOWED_WITHIN_MS = 250
SIGN_INS_MAX = 10


@pytest.fixture(autouse=True)
def _screens_off(clinic: Clinic) -> Iterator[None]:
    yield
    clinic.close()


def ring(clinic: Clinic, agent: Page) -> None:
    agent.keyboard.press("r")
    expect_presence(agent, "available")
    clinic.calls("urgent", "+40721234588", "Maria Petrova")
    expect(agent.get_by_role("heading", name="Maria Petrova")).to_be_visible()
    agent.wait_for_timeout(450)  # a ring that has just appeared does not take an Enter


def finish(agent: Page) -> None:
    agent.keyboard.press("x")
    expect(agent.get_by_label("What became of the call?")).to_be_focused()
    agent.keyboard.type("booke")
    agent.keyboard.press("Enter")
    expect_presence(agent, "available")


def test_whole_call_then_the_keyboard_is_enough_and_the_supervisor_sees_each_step(clinic: Clinic) -> None:
    supervisor = clinic.sign_in("supervisor")
    agent = clinic.sign_in("agent1")
    ring(clinic, agent)
    expect(agent).to_have_title(re.compile("Urgent is calling"))
    agent.keyboard.press("Enter")
    expect_presence(agent, "on_call")
    agent.keyboard.press("h")
    expect(agent.get_by_role("button", name="Resume")).to_be_visible()
    agent.reload()
    agent.get_by_role("button", name="Resume").click()
    expect(agent.get_by_role("button", name="Hold")).to_be_enabled()
    at_agent = agent.evaluate("noted")
    finish(agent)
    supervisor.get_by_text("100 %").first.wait_for()

    at_supervisor = supervisor.evaluate("noted")
    assert {"Ready", "Ringing", "On call", "Wrap-up"} <= at_supervisor.keys()
    at_agent |= agent.evaluate("noted")
    assert at_supervisor["Wrap-up"] - at_agent["wrap_up"] < FOLLOWED_WITHIN_MS


def test_two_tabs_of_one_agent_then_both_show_the_same(clinic: Clinic) -> None:
    first = clinic.sign_in("agent1")
    second = first.context.new_page()
    second.goto(clinic.address)
    expect_connected(second)
    ring(clinic, first)
    expect(second.get_by_role("heading", name="Maria Petrova")).to_be_visible()
    second.get_by_role("button", name="Accept").click()
    expect_presence(first, "on_call")
    finish(first)
    expect_presence(second, "available")


def test_gateway_is_killed_in_mid_call_then_both_pages_come_back_by_themselves(clinic: Clinic) -> None:
    supervisor = clinic.sign_in("supervisor")
    agent = clinic.sign_in("agent1")
    ring(clinic, agent)
    agent.keyboard.press("Enter")
    expect_presence(agent, "on_call")
    os.kill(clinic.run.pid_of("gateway-0"), signal.SIGKILL)
    expect(agent.locator("[data-phase=reconnecting]")).to_be_visible()
    expect(supervisor.locator("[data-stale]")).to_be_visible()
    expect_presence(agent, "on_call")
    expect_connected(agent, within_s=30)
    expect_connected(supervisor, within_s=30)
    expect(supervisor.locator("[data-stale]")).to_have_count(0)
    finish(agent)


def test_signed_out_in_another_tab_then_the_page_says_so_and_comes_back(clinic: Clinic) -> None:
    first = clinic.sign_in("agent1")
    second = first.context.new_page()
    second.goto(clinic.address)
    expect_connected(second)
    second.get_by_role("button", name="Jordan Lee").click()
    second.get_by_role("menuitem", name="Sign out").click()
    expect_text(first, "Your session has ended.")
    fill_in(first, "agent1", clinic.passwords["agent1"])
    expect_connected(first)


def test_too_many_wrong_passwords_then_the_page_says_how_long_to_wait(clinic: Clinic) -> None:
    page = clinic.context().new_page()
    page.goto(clinic.address)
    fill_in(page, "somebody", "wrong")
    for _ in range(SIGN_INS_MAX):
        expect_text(page, "do not belong together")
        page.get_by_role("button", name="Sign in").click()
        expect(page.locator("[data-loading]")).to_have_count(0)
    expect_text(page, "Too many attempts. You can try again in")
    expect(page.get_by_role("button", name="Sign in")).to_be_disabled()
