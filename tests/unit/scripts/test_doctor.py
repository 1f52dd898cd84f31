"""What the doctor finds on a machine, and what it advises."""

import os
import socket
from pathlib import Path

import pytest

from scripts.doctor.check import Check, Verdict
from scripts.doctor.cluster import look_at_cluster
from scripts.doctor.machine import look_at_machine
from scripts.doctor.services import look_at_services
from scripts.load_settings import load_settings
from scripts.secrets_file import Secrets, load_or_create


@pytest.fixture(autouse=True)
def _empty_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in list(os.environ):
        if name.startswith(("STROWGER_", "RAY_")):
            monkeypatch.delenv(name)


def find(what: str, **settings: object) -> Check:
    return next(check for check in look_at_machine(load_settings(**settings)) if check.what == what)


async def find_services(**settings: object) -> dict[str, Check]:
    loaded = load_settings(**settings)
    found = {check.what: check async for check in look_at_services(loaded, Secrets())}
    return found | {check.what: check for check in look_at_cluster(loaded)}


def test_secrets_readable_by_others_then_fail_with_the_command_that_helps(tmp_path: Path) -> None:
    load_or_create(tmp_path / "state")
    (tmp_path / "state" / "secrets.json").chmod(0o644)
    check = find("State folder", state_dir=tmp_path / "state")
    assert check.verdict is Verdict.FAIL
    assert check.advice == f"chmod go= {tmp_path / 'state' / 'secrets.json'}"


def test_private_state_folder_then_ok(tmp_path: Path) -> None:
    load_or_create(tmp_path / "state")
    assert find("State folder", state_dir=tmp_path / "state").verdict is Verdict.OK


def test_port_taken_then_fail_by_its_number(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        check = find("Ports", state_dir=tmp_path, port=taken.getsockname()[1])
    assert check.verdict is Verdict.FAIL
    assert "STROWGER_PORT" in check.advice


def test_open_to_the_network_without_tls_then_warn_about_the_microphone(tmp_path: Path) -> None:
    check = find("TLS", state_dir=tmp_path, host="192.0.2.1")
    assert check.verdict is Verdict.WARN
    assert "microphone" in check.advice


def test_certificate_that_is_none_then_fail(tmp_path: Path) -> None:
    check = find("TLS", state_dir=tmp_path, tls_certificate_file=Path(__file__), tls_key_file=Path(__file__))
    assert check.verdict is Verdict.FAIL


def test_this_machine_then_python_and_packages_are_as_tested(tmp_path: Path) -> None:
    assert find("Python", state_dir=tmp_path).verdict is Verdict.OK
    assert find("Packages", state_dir=tmp_path).verdict is not Verdict.FAIL


async def test_nothing_runs_then_embedded_servers_are_no_failure(tmp_path: Path) -> None:
    found = await find_services(state_dir=tmp_path)
    assert {name: check.verdict for name, check in found.items()} == dict.fromkeys(
        ("Postgres", "Redis", "Ray"), Verdict.OK
    )


async def test_named_servers_that_nobody_runs_then_each_fails_with_its_setting(
    tmp_path: Path, unused_tcp_port: int
) -> None:
    found = await find_services(
        state_dir=tmp_path,
        database_url=f"postgresql://o:x@127.0.0.1:{unused_tcp_port}/d",
        redis_url=f"redis://127.0.0.1:{unused_tcp_port}",
        ray_address=f"127.0.0.1:{unused_tcp_port}",
    )
    assert {name: check.verdict for name, check in found.items()} == dict.fromkeys(
        ("Postgres", "Redis", "Ray"), Verdict.FAIL
    )
    assert "RAY_ADDRESS" in found["Ray"].advice
