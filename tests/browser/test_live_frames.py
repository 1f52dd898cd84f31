"""The live view under a full clinic, fed by the test: 500 agents and 1,000 waiting calls that change all the time.

Only the page works here: its server is the test.
"""

import functools
import http.server
import json
import random
import threading
import time
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Page, Route, WebSocketRoute, expect

from scripts.compose import built_ui
from tests.browser.clinic import expect_text
from tests.browser.needs import needs_built_ui, needs_chromium

pytestmark = [pytest.mark.browser, pytest.mark.timeout(120), needs_chromium, needs_built_ui]

AGENTS, WAITING, QUEUES = 500, 1_000, 12
DELTAS = 40
DELTA_EVERY_MS = 33


@pytest.fixture
def address() -> Iterator[str]:
    """The app's files, and nothing behind them."""

    class Quiet(http.server.SimpleHTTPRequestHandler):
        def log_message(self, *_: object) -> None:
            """Nobody reads it."""

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Quiet, directory=built_ui())) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


class FullClinic:
    """A supervisor's picture of a clinic on its worst day."""

    def __init__(self, seed: int) -> None:
        self._random = random.Random(seed)
        self._now_ms = int(time.time() * 1_000)
        self._calls = 0
        self.position = 1

    def picture(self) -> dict[str, Any]:
        return self._frame(
            "live_picture",
            queues=[self._queue(number) for number in range(QUEUES)],
            calls=[self._call() for _ in range(WAITING)],
            agents=[self._agent(number) for number in range(AGENTS)],
            tallies=[],
        )

    def delta(self) -> dict[str, Any]:
        """Some calls come, as many go, and agents change what they do."""
        self.position += 1
        gone = [f"call-{self._calls - WAITING + number}" for number in range(5)]
        agents = [self._agent(self._random.randrange(AGENTS)) for _ in range(10)]
        return self._frame("live_delta", calls=[self._call() for _ in range(5)], calls_gone=gone, agents=agents)

    def _frame(self, kind: str, **rows: Any) -> dict[str, Any]:
        return {"type": kind, "epoch": "1", "position": self.position, "at_ms": self._now_ms, **rows}

    def _queue(self, number: int) -> dict[str, Any]:
        counts = {"waiting": 80, "ringing": 0, "free": 0, "on_call": 30, "wrap_up": 5}
        sla = {"sla_threshold_s": 20.0, "sla_target": 0.8, "oldest_arrived_at_ms": None, "ewt_s": 60.0}
        return {"queue_id": f"q{number}", "name": f"Queue {number}", **sla, **counts}

    def _call(self) -> dict[str, Any]:
        self._calls += 1
        arrived_at_ms = self._now_ms - self._random.randrange(60_000)
        return {
            "call_id": f"call-{self._calls - 1}",
            "queue_id": f"q{self._random.randrange(QUEUES)}",
            "subject_id": f"s{self._calls}",
            "state": "waiting",
            "priority": self._random.choice([0, 0, 50]),
            "needs": [["triage", 5]],
            "arrived_at_ms": arrived_at_ms,
            "since_ms": arrived_at_ms,
            "agent_id": None,
            "credit_ms": None,
        }

    def _agent(self, number: int) -> dict[str, Any]:
        figures = ("handled", "conversation_ms", "wrap_up_ms", "idle_ms", "engaged_ms")
        return {
            "agent_id": f"agent-{number}",
            "presence": self._random.choice(["available", "on_call", "wrap_up", "away"]),
            "reason": "",
            "since_ms": self._now_ms - self._random.randrange(600_000),
            "free": False,
            "queues": ["q1"],
            "call_id": None,
            "queue_id": "q1",
            "today": {"day_start_ms": 0, "counted_until_ms": 0, **dict.fromkeys(figures, 5)},
        }


def live_frame(kind: str, content_name: str, content: dict[str, Any]) -> str:
    head = {"type": kind, "epoch": content["epoch"], "position": content["position"]}
    return json.dumps(head | {content_name: content})


def watch(page: Page, address: str, clinic: FullClinic) -> WebSocketRoute:
    """Open the page as a supervisor; the connection on which it hears of the clinic."""
    sockets: list[WebSocketRoute] = []
    user = {"tenant_id": "t", "user_id": "u", "role": "supervisor", "display_name": "Sam", "agent_id": None}

    def session(route: Route) -> None:
        route.fulfill(json={"user": user, "expires_at_ms": 1 << 50})

    def opened(socket: WebSocketRoute) -> None:
        def said(message: str | bytes) -> None:
            kind = json.loads(message)["type"]
            if kind == "subscribe_live":
                socket.send(live_frame("live_snapshot", "picture", clinic.picture()))
            elif kind == "ping":
                socket.send(json.dumps({"type": "pong", "nonce": "", "server_time_ms": int(time.time() * 1_000)}))

        socket.on_message(said)
        welcome: dict[str, Any] = {**user, "agent_ids": []}
        now_ms = int(time.time() * 1_000)
        socket.send(
            json.dumps({"type": "welcome", "protocol": 1, "user": welcome, "server_time_ms": now_ms, "heartbeat_s": 8})
        )
        sockets.append(socket)

    page.route("**/api/v1/session", session)
    page.route_web_socket("**/api/v1/ws", opened)
    page.goto(address)
    expect(page.get_by_role("table", name="Waiting calls")).to_be_visible()
    return sockets[-1]


def test_full_clinic_that_changes_all_the_time_then_only_what_is_seen_is_drawn(page: Page, address: str) -> None:
    clinic = FullClinic(seed=1)
    page.set_viewport_size({"width": 1440, "height": 900})
    socket = watch(page, address, clinic)
    expect(page.get_by_role("heading", name="Waiting 1000")).to_be_visible()
    deltas = [live_frame("live_delta", "delta", clinic.delta()) for _ in range(DELTAS)]
    for delta in deltas:
        socket.send(delta)
        page.wait_for_timeout(DELTA_EVERY_MS - 5)
    expect(page.get_by_role("heading", name="Waiting 1000")).to_be_visible()
    rows = page.locator("[role=row]").count()
    assert 0 < rows < 120


def test_somebody_points_at_a_row_then_it_stays_under_the_pointer(page: Page, address: str) -> None:
    clinic = FullClinic(seed=2)
    socket = watch(page, address, clinic)
    row = page.get_by_role("table", name="Waiting calls").locator("[role=row]").nth(3)
    row.hover()
    before = row.text_content()
    socket.send(live_frame("live_delta", "delta", clinic.delta()))
    page.wait_for_timeout(200)
    after = row.text_content()
    assert before is not None
    assert after is not None
    assert after.split("Queue")[1:] == before.split("Queue")[1:]


def test_rows_are_scrolled_to_then_their_callers_are_asked_for_though_nothing_changes(page: Page, address: str) -> None:
    def callers(route: Route) -> None:
        ids = route.request.url.partition("ids=")[2].split(",")
        route.fulfill(json={"callers": {one: {"number": "+447700900001", "name": f"Caller {one}"} for one in ids}})

    page.route("**/api/v1/callers?*", callers)
    watch(page, address, FullClinic(seed=4))
    table = page.get_by_role("table", name="Waiting calls")
    expect(table.locator("[aria-rowindex='2']")).to_contain_text("Caller s")
    table.hover()
    page.mouse.wheel(0, WAITING * 50)
    expect(table.locator(f"[aria-rowindex='{WAITING + 1}']")).to_contain_text("Caller s")


def test_server_falls_silent_then_the_picture_looks_old(page: Page, address: str) -> None:
    clinic = FullClinic(seed=3)
    socket = watch(page, address, clinic)
    socket.close(code=1012)
    expect(page.locator("[data-stale]")).to_be_visible()
    expect_text(page, "Old picture")
    expect(page.locator("[data-stale]")).to_have_count(0, timeout=10_000)
