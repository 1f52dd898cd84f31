"""Sessions end, and passwords are wrong: what the pages say, and how people get back to where they were."""

from playwright.sync_api import expect

from tests.browser.clinic import Clinic, expect_connected, expect_presence, expect_text, fill_in, finish
from tests.browser.needs import on_real_pages
from web.throttle import LOGIN_FAILURES_MAX

pytestmark = on_real_pages

EXPIRY_NOTICED_WITHIN_MS = 20_000
"""A gateway looks open sessions up every 15 seconds."""


def test_session_expires_in_mid_call_then_the_page_says_so_and_signing_in_leads_back_to_the_call(
    clinic: Clinic,
) -> None:
    agent = clinic.sign_in("agent2")
    supervisor = clinic.sign_in("supervisor")
    agent.keyboard.press("r")
    clinic.calls("appointments", "+40721234588", "Maria Petrova")
    agent.get_by_role("button", name="Accept").click()
    expect_presence(agent, "on_call")
    for user_id in ("user-agent2", "user-supervisor"):
        clinic.house.let_sessions_expire(user_id)
    for page in (agent, supervisor):
        expect(page.get_by_text("Your session has ended.")).to_be_visible(timeout=EXPIRY_NOTICED_WITHIN_MS)
    clinic.fill_in(agent, "agent2")
    expect_connected(agent)
    expect_presence(agent, "on_call")
    expect(agent.get_by_role("heading", name="Maria Petrova")).to_be_visible()
    finish(agent)
    clinic.fill_in(supervisor, "supervisor")
    expect_connected(supervisor)
    expect(supervisor.get_by_role("table", name="Agents")).to_be_visible()


def test_signed_out_in_another_tab_then_the_page_says_so_and_comes_back(clinic: Clinic) -> None:
    first = clinic.sign_in("agent1")
    second = clinic.second_tab(first)
    second.get_by_role("button", name="Jordan Lee").click()
    second.get_by_role("menuitem", name="Sign out").click()
    expect_text(first, "Your session has ended.")
    clinic.fill_in(first, "agent1")
    expect_connected(first)
    expect(first.get_by_role("button", name="Jordan Lee")).to_be_visible()


def test_too_many_wrong_passwords_then_the_page_says_how_long_to_wait(clinic: Clinic) -> None:
    page = clinic.context().new_page()
    page.goto(clinic.address)
    fill_in(page, "somebody", "wrong")
    for _ in range(LOGIN_FAILURES_MAX):
        expect_text(page, "do not belong together")
        page.get_by_role("button", name="Sign in").click()
        expect(page.locator("[data-loading]")).to_have_count(0)
    expect_text(page, "Too many attempts. You can try again in")
    expect(page.get_by_role("button", name="Sign in")).to_be_disabled()
