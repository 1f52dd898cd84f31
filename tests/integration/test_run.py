"""`strowger run` from outside: the whole house, its accidents, and what is left when it stops.

One run serves the first tests; the last one kills it and starts the next on what it left.
"""

import json
import os
import signal
import stat
import time
from collections.abc import Iterator

import psutil
import pytest

from tests.integration.house_run import NEXT_START_WITHIN_S, Run, running_house, seen_from_outside, wait_until

pytestmark = [pytest.mark.integration, pytest.mark.timeout(300)]


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Run]:
    with running_house(tmp_path_factory.mktemp("run") / "state") as started:
        yield started


def test_first_start_then_it_says_how_to_enter(run: Run) -> None:
    told = run.told()
    logins = json.loads((run.state_dir / "demo_logins.json").read_text())
    assert stat.S_IMODE((run.state_dir / "demo_logins.json").stat().st_mode) == 0o600
    assert all(login["login"] in told and login["password"] in told for login in logins["logins"])
    assert f"http://127.0.0.1:{run.port}" in told
    assert str(run.state_dir / "ray" / "token") in told


def test_secrets_then_in_no_command_line_environment_or_log(run: Run) -> None:
    values = json.loads((run.state_dir / "secrets.json").read_text()).values()
    family = [psutil.Process(run.process.pid)]
    family += [psutil.Process(run.pid_of(name)) for name in ("gateway-0", "postgres", "valkey", "ray")]
    family += [child for process in list(family) for child in process.children(recursive=True)]
    seen = [seen_from_outside(process) for process in family]
    seen += [path.read_text(errors="replace") for path in (run.state_dir / "logs").iterdir()]
    assert [text for text in seen for value in values if value in text] == []


def test_second_run_on_the_same_folder_then_refused_by_process_id(run: Run) -> None:
    second = Run(run.state_dir, run.port)
    assert second.process.wait(30) == 1
    assert f"process {run.process.pid}" in second.told()
    assert run.ready()


def test_gateway_killed_then_it_is_back(run: Run) -> None:
    before = run.pid_of("gateway-0")
    os.kill(before, signal.SIGKILL)
    wait_until(lambda: run.pid_of("gateway-0") != before and run.ready(), within_s=30)
    assert "process ended, starting it again" in run.told()


def test_servers_killed_then_the_house_is_ready_again(run: Run) -> None:
    before = {name: run.pid_of(name) for name in ("postgres", "valkey")}
    for pid in before.values():
        os.kill(pid, signal.SIGKILL)
    wait_until(lambda: all(run.pid_of(name) != pid for name, pid in before.items()) and run.ready(), within_s=40)
    assert run.process.poll() is None


def test_run_killed_then_the_next_start_cleans_up_and_a_stop_leaves_nothing(run: Run) -> None:
    before = {name: run.pid_of(name) for name in ("gateway-0", "postgres", "valkey", "ray")}
    run.process.kill()
    run.process.wait()
    started_at_s = time.monotonic()
    following = Run(run.state_dir, run.port)
    try:
        following.wait_ready(NEXT_START_WITHIN_S)
        assert time.monotonic() - started_at_s < NEXT_START_WITHIN_S
        assert not any(following.pid_of(name) == pid for name, pid in before.items())
    finally:
        status = following.stop()
    assert status == 0
    assert following.left() == []
