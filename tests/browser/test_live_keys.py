"""The live view without a mouse."""

from playwright.sync_api import Locator, Page, expect

from tests.browser.clinic import Clinic, expect_text
from tests.browser.needs import on_real_pages

pytestmark = on_real_pages

TABS_MAX = 60


def tab_to(page: Page, target: Locator) -> None:
    """Press Tab until it has the focus, as somebody without a mouse would."""
    for _ in range(TABS_MAX):
        if target.evaluate("element => element === document.activeElement"):
            return
        page.keyboard.press("Tab")
    expect(target).to_be_focused()


def agents(page: Page) -> Locator:
    return page.get_by_role("table", name="Agents").get_by_role("row")


def all_agents(page: Page) -> int:
    """How many rows there are, the heading included."""
    expect(agents(page).filter(has_text="agent4")).to_be_visible()
    return agents(page).count()


def test_heading_is_reached_and_pressed_then_rows_are_sorted_by_it_up_and_down(clinic: Clinic) -> None:
    page = clinic.sign_in("supervisor")
    heading = page.get_by_role("columnheader", name="Agent", exact=True)
    tab_to(page, heading.get_by_role("button"))
    page.keyboard.press("Enter")
    expect(heading).to_have_attribute("aria-sort", "ascending")
    expect(agents(page).nth(1)).to_contain_text("agent1")
    page.keyboard.press("Space")
    expect(heading).to_have_attribute("aria-sort", "descending")
    expect(agents(page).nth(1)).not_to_contain_text("agent1")


def test_queue_is_chosen_then_only_its_agents_are_shown_until_escape(clinic: Clinic) -> None:
    page = clinic.sign_in("supervisor")
    everybody = all_agents(page)
    tab_to(page, page.get_by_role("table", name="Queues").get_by_role("button", name="Billing"))
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Agents, Billing")).to_be_visible()
    expect(agents(page)).to_have_count(4)
    page.keyboard.press("Escape")
    expect(agents(page)).to_have_count(everybody)


def test_slash_and_letters_then_agents_are_found_and_escape_shows_all(clinic: Clinic) -> None:
    page = clinic.sign_in("supervisor")
    everybody = all_agents(page)
    page.keyboard.press("/")
    expect(page.get_by_label("Find an agent")).to_be_focused()
    page.keyboard.type("agent3")
    expect(agents(page)).to_have_count(2)
    page.keyboard.press("Escape")
    expect(agents(page)).to_have_count(everybody)


def test_narrow_screen_then_arrows_and_keys_switch_between_the_tables(clinic: Clinic) -> None:
    clinic.calls("billing", "+40721234588", "Maria Petrova")
    page = clinic.sign_in("supervisor")
    page.set_viewport_size({"width": 390, "height": 844})
    expect(page.get_by_role("table", name="Queues")).to_be_visible()
    tab_to(page, page.get_by_role("radio", name="Queues"))
    page.keyboard.press("ArrowRight")
    expect(page.get_by_role("table", name="Agents")).to_be_visible()
    page.get_by_role("radio", name="Agents").blur()
    page.keyboard.press("w")
    expect(page.get_by_label("Find a waiting call")).to_be_focused()
    expect(page.get_by_role("table", name="Waiting calls").get_by_role("row")).to_have_count(2)


def test_question_mark_then_the_keys_of_the_page_are_shown(clinic: Clinic) -> None:
    page = clinic.sign_in("supervisor")
    page.keyboard.press("?")
    expect_text(page, "Find a waiting call")
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_have_count(0)
