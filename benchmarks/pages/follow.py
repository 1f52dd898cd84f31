"""How long after an event the supervisor's page shows it: one agent at the keyboard, one supervisor who watches.

Both pages note by themselves when they show another state, on the one clock of this machine. The delay of an event
counts from the agent's page, and, where the agent's key caused it, from that key as well.
"""

import contextlib
from collections.abc import AsyncIterator
from typing import TYPE_CHECKING, Any

import msgspec

from benchmarks.pages.seats import Clinic, sit_down
from web.client import Client

if TYPE_CHECKING:
    from playwright.async_api import Browser, Page

TELL_WHAT_IS_SHOWN = """
(() => {
  const agentId = %(agent_id)s;
  const words = { Ready: "available", Ringing: "ringing", "On call": "on_call", "On hold": "on_hold",
                  "Wrap-up": "wrap_up", Away: "away", Offline: "offline" };
  const shown = [];
  const keys = [];
  const now = () => performance.timeOrigin + performance.now();
  const ofAgentsPage = () => {
    const bar = document.querySelector("[data-presence]");
    if (bar === null) return null;
    const presence = bar.dataset.presence;
    if (presence === "offered") return "ringing";
    return presence === "on_call" && document.querySelector("[data-held]") !== null ? "on_hold" : presence;
  };
  const ofSupervisorsPage = () => {
    for (const row of document.querySelectorAll("[data-panel=agents] [role=row]")) {
      const cells = row.querySelectorAll("[role=cell]");
      if (cells.length > 1 && cells[0].textContent === agentId) return words[cells[1].textContent] ?? null;
    }
    return null;
  };
  const look = () => {
    const state = ofAgentsPage() ?? ofSupervisorsPage();
    if (state !== null && state !== shown.at(-1)?.[0]) shown.push([state, now()]);
  };
  addEventListener("keydown", () => keys.push(now()), { capture: true });
  new MutationObserver(look).observe(document, {
    subtree: true, childList: true, attributes: true, characterData: true,
  });
  window.strowgerShown = shown;
  window.strowgerKeys = keys;
})();
"""
SHOWN = {
    "available": "Ready",
    "ringing": "Ringing",
    "on_call": "On call",
    "on_hold": "On hold",
    "wrap_up": "Wrap-up",
}
CALLER = {"number": "+40721234588", "name": "Maria Petrova"}


class Delays(msgspec.Struct, frozen=True):
    """Milliseconds by event, one for each time that it happened: from the agent's page, and from the agent's key."""

    from_page_ms: dict[str, list[float]]
    from_key_ms: dict[str, list[float]]


async def measure_following(browser: "Browser", client: Client, clinic: Clinic, rounds: int) -> Delays:
    """So many whole calls. `client` is an administrator's."""
    delays = Delays({}, {})
    agent_id = clinic.agent.login
    script = TELL_WHAT_IS_SHOWN % {"agent_id": msgspec.json.encode(agent_id).decode()}
    async with _queue_for(client, agent_id) as queue_id:
        watcher = await sit_down(browser, clinic, clinic.supervisor, init_script=script)
        await watcher.get_by_label("Find an agent").fill(agent_id)  # only rows that are seen are drawn
        phone = await sit_down(browser, clinic, clinic.agent, init_script=script)
        pair = _Pair(phone, watcher, agent_id, delays)
        await pair.press("r", "available")
        for _ in range(rounds):
            await client.enqueue(queue_id, caller=CALLER)
            await pair.see("ringing", by_key=False)
            await phone.locator("[data-guarded]").wait_for(state="detached")
            await pair.press("Enter", "on_call")
            await phone.get_by_role("button", name="Hold").and_(phone.locator(":enabled")).wait_for()
            await pair.press("h", "on_hold")
            await phone.get_by_role("button", name="Resume").and_(phone.locator(":enabled")).wait_for()
            await pair.press("h", "on_call")
            await pair.press("x", "wrap_up")
            await phone.get_by_role("combobox").and_(phone.locator(":focus")).wait_for()
            await pair.press("Enter", "available")
        await phone.keyboard.press("o")
        await _row(watcher, agent_id, "Offline").wait_for()
        await phone.context.close()
        await watcher.context.close()
    return delays


class _Pair:
    """The agent's page and the supervisor's."""

    def __init__(self, phone: "Page", watcher: "Page", agent_id: str, delays: Delays) -> None:
        self._phone = phone
        self._watcher = watcher
        self._agent_id = agent_id
        self._delays = delays

    async def press(self, key: str, event: str) -> None:
        await self._phone.keyboard.press(key)
        await self.see(event, by_key=True)

    async def see(self, event: str, *, by_key: bool) -> None:
        """Wait until both pages show it, and note how long the supervisor's took."""
        await _row(self._watcher, self._agent_id, SHOWN[event]).wait_for()
        await self._phone.locator(f"[data-presence={_presence(event)}]").wait_for()
        at_agent = await _last(self._phone, event)
        at_supervisor = await _last(self._watcher, event)
        self._delays.from_page_ms.setdefault(event, []).append(at_supervisor - at_agent)
        if by_key:
            pressed = await self._phone.evaluate("strowgerKeys.at(-1)")
            self._delays.from_key_ms.setdefault(event, []).append(at_supervisor - pressed)


def _presence(event: str) -> str:
    return {"ringing": "offered", "on_hold": "on_call"}.get(event, event)


def _row(watcher: "Page", agent_id: str, state: str) -> Any:
    rows = watcher.locator("[data-panel=agents] [role=row]")
    return rows.filter(has=watcher.get_by_role("cell", name=agent_id, exact=True)).filter(has_text=state)


async def _last(page: "Page", event: str) -> float:
    found: float = await page.evaluate(
        "event => strowgerShown.findLast(([state]) => state === event)?.[1] ?? NaN", event
    )
    return found


@contextlib.asynccontextmanager
async def _queue_for(client: Client, agent_id: str) -> AsyncIterator[str]:
    """A queue that this agent alone serves; afterwards they serve again what they served before."""
    queue_id = "bench-following"
    before = next(agent for agent in await client.agents() if agent["agent_id"] == agent_id)
    settings = {name: before[name] for name in ("queues", "skills", "capacity")}
    await client.put_queue(queue_id, {"name": "Following", "wrap_up_s": 60.0, "rest_after_decline_s": 0.0})
    await client.put_agent(agent_id, settings | {"queues": [queue_id]})
    try:
        yield queue_id
    finally:
        await client.put_agent(agent_id, settings)
