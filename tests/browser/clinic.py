"""People of the demonstration clinic at their screens, and callers."""

from dataclasses import dataclass, field

from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests.integration.house_run import Run

NOTE_CHANGES = """
window.noted = {};
const note = () => {
  const bar = document.querySelector("[data-presence]");
  const rows = [...document.querySelectorAll("[data-panel=agents] [role=row]")].map((row) => row.textContent);
  const agent = rows.find((text) => text.startsWith("agent1"));
  const seen = bar ? bar.dataset.presence : agent && agent.match(/Ready|Ringing|On call|Wrap-up|Away|Offline/)?.[0];
  if (seen && !(seen in window.noted)) window.noted[seen] = Date.now();
};
new MutationObserver(note).observe(document, { subtree: true, childList: true, attributes: true, characterData: true });
"""
"""Remembers when the page first showed each state of agent1."""


@dataclass
class Clinic:
    """One running house and everybody's passwords."""

    browser: Browser
    run: Run
    address: str
    passwords: dict[str, str]
    _contexts: list[BrowserContext] = field(default_factory=list)

    def context(self) -> BrowserContext:
        context = self.browser.new_context()
        self._contexts.append(context)
        return context

    def sign_in(self, login: str) -> Page:
        """A browser of one's own, signed in and connected."""
        page = self.context().new_page()
        page.add_init_script(NOTE_CHANGES)
        page.goto(self.address)
        fill_in(page, login, self.passwords[login])
        expect_connected(page)
        return page

    def calls(self, queue_id: str, number: str, name: str) -> str:
        """Somebody calls; the id of their call."""
        door = self.context().request
        credentials = {"clinic": "demo", "login": "admin", "password": self.passwords["admin"]}
        assert door.post(f"{self.address}/api/v1/session", data=credentials).ok
        caller = {"number": number, "name": name}
        answer = door.post(f"{self.address}/api/v1/calls", data={"queue_id": queue_id, "caller": caller})
        assert answer.ok
        return str(answer.json()["call_id"])

    def close(self) -> None:
        for context in self._contexts:
            context.close()
        self._contexts.clear()


def fill_in(page: Page, login: str, password: str) -> None:
    page.get_by_label("Clinic").fill("demo")
    page.get_by_label("Login").fill(login)
    page.get_by_label("Password", exact=True).fill(password)
    page.get_by_role("button", name="Sign in").click()


def expect_connected(page: Page, *, within_s: float = 10) -> None:
    expect(page.locator("[data-phase=connected]")).to_be_visible(timeout=within_s * 1_000)


def expect_presence(page: Page, presence: str) -> None:
    expect(page.locator(f"[data-presence={presence}]")).to_be_visible()


def expect_text(page: Page, text: str) -> None:
    expect(page.get_by_text(text)).to_be_visible()
