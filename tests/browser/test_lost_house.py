"""The server dies in mid-call; pages come back by themselves, and the call is kept."""

import os
import signal
from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from tests.browser.clinic import Clinic, expect_connected, expect_presence, finish, row_of
from tests.browser.needs import on_real_pages

pytestmark = on_real_pages


def gateway_is_killed(clinic: Clinic) -> None:
    """The house starts another one by itself."""
    os.kill(clinic.house.run.pid_of("gateway-0"), signal.SIGKILL)


@pytest.mark.parametrize(
    ("dies", "comes_back"),
    [
        pytest.param(gateway_is_killed, None, id="gateway"),
        pytest.param(lambda clinic: clinic.house.kill(), lambda clinic: clinic.house.start_again(), id="whole-house"),
    ],
)
def test_server_dies_in_mid_call_then_both_pages_come_back_and_the_call_is_kept(
    clinic: Clinic, dies: Callable[[Clinic], None], comes_back: Callable[[Clinic], None] | None
) -> None:
    supervisor = clinic.sign_in("supervisor")
    agent = clinic.sign_in("agent1")
    call_id = clinic.talk(agent)
    dies(clinic)
    expect(agent.locator("[data-phase=reconnecting]")).to_be_visible()
    expect(supervisor.locator("[data-stale]")).to_be_visible()
    expect_presence(agent, "on_call")
    if comes_back is not None:
        comes_back(clinic)
    expect_connected(agent, within_s=30)
    expect_connected(supervisor, within_s=30)
    expect(supervisor.locator("[data-stale]")).to_have_count(0)
    expect(row_of(supervisor, "agent1")).to_contain_text("On call")
    expect_presence(agent, "on_call")
    held = agent.request.get(f"{clinic.address}/api/v1/calls/{call_id}")
    assert (held.json()["state"], held.json()["agent_id"]) == ("talking", "agent1")
    finish(agent)
