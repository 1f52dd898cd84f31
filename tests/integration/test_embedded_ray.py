"""The embedded Ray head: its token, its loopback, its leftovers. One head serves all tests of this file."""

import json
import os
import shutil
import stat
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from scripts.embedded.places import runtime_folder
from scripts.embedded.processes import ProcessRecord, session_members
from scripts.embedded.ray_head import EmbeddedRay

pytestmark = [pytest.mark.integration, pytest.mark.timeout(240)]

DRIVER = """
import os, ray
ray.init(address=os.environ["RAY_ADDRESS"], namespace="strowger", log_to_driver=False, configure_logging=False)
class Echo:
    def pid(self):
        return os.getpid()
echo = ray.remote(Echo).options(name="echo", lifetime="detached", num_cpus=0).remote()
print(ray.get(echo.pid.remote()))
"""
COUNT_NODES = """
import os
from ray._raylet import GcsClient
print(len(GcsClient(address=os.environ["RAY_ADDRESS"]).get_all_node_info(timeout=5)), "node")
"""


@pytest.fixture(scope="module")
def ray_state_dir(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    folder = tmp_path_factory.mktemp("ray") / "state"
    yield folder
    shutil.rmtree(runtime_folder(folder))


@pytest.fixture(scope="module")
def head(ray_state_dir: Path) -> Iterator[EmbeddedRay]:
    with EmbeddedRay(ray_state_dir) as started:
        yield started


def run_python(head: EmbeddedRay, code: str, **changes: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(  # noqa: S603 - the code above
        [sys.executable, "-c", code],
        env={**os.environ, **head.client_environment, **changes},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def dashboard_status(head: EmbeddedRay, headers: dict[str, str]) -> int:
    request = urllib.request.Request(f"{head.dashboard_url}/api/version", headers=headers)  # noqa: S310 - loopback
    try:
        with urllib.request.urlopen(request, timeout=10) as answer:  # noqa: S310 - loopback
            status: int = answer.status
            return status
    except urllib.error.HTTPError as refusal:
        with refusal:
            return refusal.code


def test_driver_with_the_token_then_a_detached_actor_runs_in_the_heads_session(head: EmbeddedRay) -> None:
    result = run_python(head, DRIVER)
    assert result.returncode == 0, result.stderr
    assert os.getsid(int(result.stdout)) == head.pid


def test_control_store_then_it_answers_only_to_the_token(head: EmbeddedRay, tmp_path: Path) -> None:
    other = tmp_path / "token"
    other.write_text("0" * 64)
    assert "1 node" in run_python(head, COUNT_NODES).stdout
    refused = run_python(head, COUNT_NODES, RAY_AUTH_TOKEN_PATH=str(other))
    assert "node" not in refused.stdout
    assert "nauthenticated" in refused.stderr


def test_dashboard_then_it_answers_only_to_the_token(head: EmbeddedRay) -> None:
    assert dashboard_status(head, {}) == 401
    assert dashboard_status(head, {"Authorization": f"Bearer {head.token_file.read_text()}"}) == 200
    assert stat.S_IMODE(head.token_file.stat().st_mode) == 0o600


def test_running_head_then_every_listener_is_on_loopback(head: EmbeddedRay) -> None:
    assert head.pid is not None
    members = session_members(ProcessRecord.of("ray", head.pid))
    connections = [item for process in members for item in process.net_connections("inet")]
    listening = {item.laddr.ip for item in connections if item.status == psutil.CONN_LISTEN}
    assert listening <= {"127.0.0.1", "::ffff:127.0.0.1", "::1"}
    assert listening


def test_running_head_then_its_ports_are_recorded(head: EmbeddedRay, ray_state_dir: Path) -> None:
    recorded = json.loads((ray_state_dir / "ray" / "head.json").read_text())
    assert recorded["address"] == head.address
    assert len(set(recorded["ports"].values())) == len(recorded["ports"])


def test_leftover_head_then_the_next_start_stops_all_of_it(ray_state_dir: Path, head: EmbeddedRay) -> None:
    assert head.pid is not None
    before = ProcessRecord.of("ray", head.pid)
    head._lock.release()  # as if whoever started it had been killed
    with EmbeddedRay(ray_state_dir, dashboard=False) as successor:
        assert session_members(before) == []
        assert run_python(successor, DRIVER).returncode == 0
        assert successor.pid is not None
        after = ProcessRecord.of("ray", successor.pid)
    assert session_members(after) == []
