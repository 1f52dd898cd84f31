"""One call from the agent's and the supervisor's screens."""

import re

from playwright.sync_api import expect

from tests.browser.clinic import Clinic, expect_presence, finish, row_of
from tests.browser.needs import on_real_pages

pytestmark = on_real_pages


def test_whole_call_then_the_keyboard_is_enough_and_the_supervisor_sees_each_event(clinic: Clinic) -> None:
    supervisor = clinic.sign_in("supervisor")
    agent = clinic.sign_in("agent1")
    row = row_of(supervisor, "agent1")
    expect(row).to_contain_text("Offline")
    agent.keyboard.press("r")
    expect(row).to_contain_text("Ready")
    clinic.ring(agent)
    expect(agent).to_have_title(re.compile("Urgent is calling"))
    expect(row).to_contain_text("Ringing")
    agent.keyboard.press("Enter")
    expect_presence(agent, "on_call")
    expect(row).to_contain_text("On call")
    agent.keyboard.press("h")
    expect(agent.get_by_role("button", name="Resume")).to_be_visible()
    expect(row).to_contain_text("On hold")
    agent.reload()
    agent.get_by_role("button", name="Resume").click()
    expect(agent.get_by_role("button", name="Hold")).to_be_enabled()
    expect(row).to_contain_text("On call")
    agent.keyboard.press("x")
    expect(row).to_contain_text("Wrap-up")
    expect(agent.get_by_label("What became of the call?")).to_be_focused()
    agent.keyboard.type("booke")
    agent.keyboard.press("Enter")
    expect_presence(agent, "available")
    expect(row).to_contain_text("Ready")
    expect(supervisor.get_by_text("100 %").first).to_be_visible()


def test_two_tabs_of_one_agent_then_both_show_the_same_and_one_is_enough(clinic: Clinic) -> None:
    first = clinic.sign_in("agent1")
    second = clinic.second_tab(first)
    clinic.ring(first)
    expect(second.get_by_role("heading", name="Maria Petrova")).to_be_visible()
    second.get_by_role("button", name="Accept").click()
    expect_presence(first, "on_call")
    second.close()
    first.keyboard.press("h")
    expect(first.get_by_role("button", name="Resume")).to_be_visible()
    finish(first)
