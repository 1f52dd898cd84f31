"""The cluster file as Ray itself reads it."""

import json
import subprocess
import sys
from typing import Any

import pytest

from tests.tidy.tree import ROOT

READ_AS_RAY_DOES = """
import json, sys, yaml
from ray.autoscaler._private.util import prepare_config, validate_config
written = yaml.safe_load(open(sys.argv[1]))
prepared = prepare_config(dict(written))
validate_config(prepared)
print(json.dumps({"written": written, "prepared": prepared}))
"""


@pytest.fixture(scope="module")
def config() -> Any:
    """Read in a process of its own: importing Ray changes the process that does it."""
    result = subprocess.run(  # noqa: S603 - the code above
        [sys.executable, "-c", READ_AS_RAY_DOES, str(ROOT / "ray-cluster.yaml")],
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.returncode == 0, result.stderr
    return json.loads(result.stdout.splitlines()[-1])


def test_cluster_file_then_ray_accepts_it_with_all_its_machines(config: Any) -> None:
    machines = config["written"]["provider"]["worker_ips"]
    assert config["prepared"]["provider"]["type"] == "local"
    workers = config["prepared"]["available_node_types"]["local.cluster.node"]
    assert workers["min_workers"] == workers["max_workers"] == len(machines)


def test_every_start_command_then_the_token_is_mandatory_and_nothing_is_reported(config: Any) -> None:
    for kind in ("head_start_ray_commands", "worker_start_ray_commands"):
        starts = [command for command in config["prepared"][kind] if "ray start" in command]
        assert len(starts) == 1
        assert "RAY_AUTH_MODE=token" in starts[0]
        assert "RAY_USAGE_STATS_ENABLED=0" in starts[0]


def test_dashboard_then_not_open_to_the_network(config: Any) -> None:
    assert any("--dashboard-host=127.0.0.1" in command for command in config["prepared"]["head_start_ray_commands"])
