"""People of the demonstration clinic at their screens, and callers."""

import contextlib
import json
import time
from dataclasses import dataclass, field
from typing import Any

import psutil
from playwright.sync_api import APIRequestContext, Browser, BrowserContext, Locator, Page, expect

from scripts.embedded.postgres import EmbeddedPostgres
from scripts.embedded.processes import ProcessBook
from tests.integration.house_run import NEXT_START_WITHIN_S, Run


class House:
    """One running house, which may be killed and started again."""

    def __init__(self, run: Run) -> None:
        self.run = run

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.run.port}"

    def passwords(self) -> dict[str, str]:
        logins = json.loads((self.run.state_dir / "demo_logins.json").read_text())["logins"]
        return {login["login"]: login["password"] for login in logins}

    def kill(self) -> None:
        """`kill -9` of the run and of everything that it started, at once."""
        found = [record.find() for record in ProcessBook(self.run.state_dir).all()]
        roots = [psutil.Process(self.run.process.pid), *(process for process in found if process is not None)]
        family = {*roots, *(child for process in roots for child in process.children(recursive=True))}
        for process in family:
            with contextlib.suppress(psutil.NoSuchProcess):  # some end with those who started them
                process.kill()
        self.run.process.wait()
        psutil.wait_procs(family, timeout=20)

    def start_again(self) -> None:
        self.run = Run(self.run.state_dir, self.run.port)
        self.run.wait_ready(NEXT_START_WITHIN_S)

    def let_sessions_expire(self, user_id: str) -> None:
        """As if somebody had signed in a whole shift ago."""
        now_ms = time.time_ns() // 1_000_000
        sql = f"update session set expires_at_ms = {now_ms} where user_id = '{user_id}'"  # noqa: S608 - our own
        EmbeddedPostgres(self.run.state_dir).run_sql(sql)


@dataclass
class Clinic:
    """The clinic of a house, and the browser in which its people sit at their screens."""

    browser: Browser
    house: House
    _contexts: list[BrowserContext] = field(default_factory=list)
    _door: APIRequestContext | None = None

    @property
    def address(self) -> str:
        return self.house.address

    def context(self) -> BrowserContext:
        context = self.browser.new_context()
        self._contexts.append(context)
        return context

    def sign_in(self, login: str) -> Page:
        """A browser of one's own, signed in and connected."""
        page = self.context().new_page()
        page.goto(self.address)
        self.fill_in(page, login)
        expect_connected(page)
        return page

    def second_tab(self, page: Page) -> Page:
        second = page.context.new_page()
        second.goto(self.address)
        expect_connected(second)
        return second

    def fill_in(self, page: Page, login: str) -> None:
        fill_in(page, login, self.house.passwords()[login])

    def administrator(self, method: str, path: str, data: Any = None) -> Any:
        """What the API answers to an administrator."""
        if self._door is None:
            self._door = self.context().request
            credentials = {"clinic": "demo", "login": "admin", "password": self.house.passwords()["admin"]}
            assert self._door.post(f"{self.address}/api/v1/session", data=credentials).ok
        answer = self._door.fetch(f"{self.address}/api/v1{path}", method=method, data=data)
        assert answer.ok
        return answer.json()

    def calls(self, queue_id: str, number: str, name: str) -> str:
        """Somebody calls; the id of their call."""
        call = {"queue_id": queue_id, "caller": {"number": number, "name": name}}
        return str(self.administrator("POST", "/calls", call)["call_id"])

    def everybody_hangs_up(self) -> None:
        """Nobody calls any more."""
        for call in self.administrator("GET", "/calls")["calls"]:
            self.administrator("POST", f"/calls/{call['call_id']}/hang-up")

    def go_home(self) -> None:
        """Nobody calls any more, and no agent is there."""
        for agent in self.administrator("GET", "/agents")["agents"]:
            if agent["base"] != "offline":
                self.administrator("PUT", f"/agents/{agent['agent_id']}/presence", {"presence": "offline"})
        self.everybody_hangs_up()
        self.screens_off()

    def ring(self, agent: Page) -> str:
        """The agent is ready, and somebody calls them; the id of the call."""
        agent.keyboard.press("r")
        expect_presence(agent, "available")
        call_id = self.calls("urgent", "+40721234588", "Maria Petrova")
        expect(agent.get_by_role("heading", name="Maria Petrova")).to_be_visible()
        expect(agent.locator("[data-guarded]")).to_have_count(0)  # a ring that has just appeared takes no Enter
        return call_id

    def talk(self, agent: Page) -> str:
        """The agent talks to somebody; the id of the call."""
        call_id = self.ring(agent)
        agent.keyboard.press("Enter")
        expect_presence(agent, "on_call")
        return call_id

    def screens_off(self) -> None:
        for context in self._contexts:
            context.close()
        self._contexts.clear()
        self._door = None


def fill_in(page: Page, login: str, password: str) -> None:
    page.get_by_label("Clinic").fill("demo")
    page.get_by_label("Login").fill(login)
    page.get_by_label("Password", exact=True).fill(password)
    page.get_by_role("button", name="Sign in").click()


def finish(agent: Page) -> None:
    """Hang up, and say what became of the call."""
    agent.keyboard.press("x")
    wrap_up(agent)


def wrap_up(agent: Page) -> None:
    expect(agent.get_by_label("What became of the call?")).to_be_focused()
    agent.keyboard.type("booke")
    agent.keyboard.press("Enter")
    expect_presence(agent, "available")


def row_of(supervisor: Page, agent_id: str) -> Locator:
    """An agent's row in the live view."""
    return supervisor.get_by_role("table", name="Agents").get_by_role("row").filter(has_text=agent_id)


def expect_connected(page: Page, *, within_s: float = 10) -> None:
    expect(page.locator("[data-phase=connected]")).to_be_visible(timeout=within_s * 1_000)


def expect_presence(page: Page, presence: str) -> None:
    expect(page.locator(f"[data-presence={presence}]")).to_be_visible()


def expect_text(page: Page, text: str) -> None:
    expect(page.get_by_text(text)).to_be_visible()
