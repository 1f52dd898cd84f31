"""What can be checked by rule of what people can see, hear and reach: axe on every page, light and dark."""

from typing import Any

import pytest
from playwright.sync_api import Page, expect

from scripts.ui_build import UI
from tests.browser.clinic import Clinic, expect_presence, wrap_up
from tests.browser.needs import on_real_pages

pytestmark = on_real_pages

AXE = UI / "node_modules" / "axe-core" / "axe.min.js"
COLOURS_STAND = """
async () => {
  await new Promise((drawn) => requestAnimationFrame(() => requestAnimationFrame(drawn)));
  const changing = document.getAnimations().filter((one) => one instanceof CSSTransition);
  await Promise.allSettled(changing.map((one) => one.finished));
}
"""
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa"]


def violations(page: Page) -> list[str]:
    """Of the page as it is now, in both schemes: the rule and the first elements that break it."""
    page.evaluate(AXE.read_text())
    found = []
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
        expect(page.locator(f"[data-mantine-color-scheme={scheme}]")).to_be_attached()
        page.evaluate(COLOURS_STAND)
        report: dict[str, Any] = page.evaluate("tags => axe.run({ runOnly: tags })", RULES)
        assert report["passes"]
        for broken in report["violations"]:
            nodes = "; ".join(f"{node['html'][:120]} {node['failureSummary']}" for node in broken["nodes"][:3])
            found.append(f"{scheme}: {broken['id']}: {nodes}")
    return found


def test_sign_in_page_then_no_rule_is_broken(clinic: Clinic) -> None:
    page = clinic.context().new_page()
    page.goto(clinic.address)
    expect(page.get_by_role("button", name="Sign in")).to_be_visible()
    assert violations(page) == []


def test_softphone_through_a_call_then_no_rule_is_broken_at_any_moment(clinic: Clinic) -> None:
    agent = clinic.sign_in("agent1")
    found = {"offline": violations(agent)}
    agent.keyboard.press("r")
    expect_presence(agent, "available")
    found["idle"] = violations(agent)
    clinic.ring(agent)
    found["ringing"] = violations(agent)
    agent.get_by_role("button", name="Accept").click()
    expect_presence(agent, "on_call")
    found["on call"] = violations(agent)
    agent.keyboard.press("h")
    expect(agent.get_by_role("button", name="Resume")).to_be_visible()
    found["on hold"] = violations(agent)
    agent.keyboard.press("x")
    expect_presence(agent, "wrap_up")
    found["wrap-up"] = violations(agent)
    wrap_up(agent)
    agent.keyboard.press("?")
    expect(agent.get_by_role("dialog")).to_be_visible()
    found["keys"] = violations(agent)
    assert [f"{moment}, {broken}" for moment, all_broken in found.items() for broken in all_broken] == []


@pytest.mark.parametrize("width_px", [1440, 390])
def test_live_view_with_somebody_waiting_then_no_rule_is_broken(clinic: Clinic, width_px: int) -> None:
    clinic.calls("billing", "+40721234588", "Maria Petrova")
    supervisor = clinic.sign_in("supervisor")
    supervisor.set_viewport_size({"width": width_px, "height": 844})
    expect(supervisor.get_by_role("table").first).to_contain_text("Billing")
    assert violations(supervisor) == []
