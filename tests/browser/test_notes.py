"""Notes of a call, as an agent writes them: kept through everything that happens to pages."""

from playwright.sync_api import Locator, Page, expect

from tests.browser.clinic import Clinic, expect_connected, expect_presence, expect_text, finish
from tests.browser.needs import on_real_pages

pytestmark = on_real_pages


def note(page: Page) -> Locator:
    return page.get_by_role("textbox", name="Note")


def test_note_is_written_by_keyboard_then_it_is_saved_and_there_after_a_reload_and_in_wrap_up(clinic: Clinic) -> None:
    agent = clinic.sign_in("agent1")
    clinic.talk(agent)
    agent.keyboard.press("n")
    expect(note(agent)).to_be_focused()
    agent.keyboard.type("Wants Thursday")
    expect(agent.get_by_text("Saved", exact=True)).to_be_visible()
    agent.reload()
    expect(note(agent)).to_have_value("Wants Thursday")
    note(agent).click()
    agent.keyboard.press("End")
    clinic.everybody_hangs_up()
    expect_presence(agent, "wrap_up")
    expect(note(agent)).to_be_focused()
    agent.keyboard.type(", after 3 pm")
    agent.keyboard.press("Escape")
    expect(agent.get_by_text("Saved", exact=True)).to_be_visible()
    expect(note(agent)).to_have_value("Wants Thursday, after 3 pm")
    agent.get_by_role("button", name="Finish: Booked").click()
    expect_presence(agent, "available")


def test_server_is_away_while_somebody_writes_then_the_page_says_so_and_saves_when_it_is_back(clinic: Clinic) -> None:
    agent = clinic.sign_in("agent1")
    clinic.talk(agent)
    agent.context.set_offline(offline=True)
    agent.keyboard.press("n")
    agent.keyboard.type("Wants Thursday")
    expect_text(agent, "Not saved yet; trying again")
    agent.context.set_offline(offline=False)
    expect(agent.get_by_text("Saved", exact=True)).to_be_visible(timeout=10_000)
    expect_connected(agent)
    agent.keyboard.press("Escape")
    finish(agent)


def test_two_tabs_write_different_notes_then_the_later_one_is_asked_what_to_keep(clinic: Clinic) -> None:
    first = clinic.sign_in("agent1")
    clinic.talk(first)
    second = clinic.second_tab(first)
    expect(note(second)).to_be_editable()
    note(first).fill("Thursday")
    expect(first.get_by_text("Saved", exact=True)).to_be_visible()
    note(second).fill("Friday")
    second.get_by_role("button", name="Take theirs").click()
    expect(note(second)).to_have_value("Thursday")
    note(first).press("Escape")
    finish(first)
