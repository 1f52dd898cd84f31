"""Settings: defaults that work, and refusals that name the variable and never its value."""

import os
from pathlib import Path

import pytest

from scripts.load_settings import SettingsError, load_settings


@pytest.fixture(autouse=True)
def _empty_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in list(os.environ):
        if name.startswith(("STROWGER_", "RAY_")):
            monkeypatch.delenv(name)


def refusal(monkeypatch: pytest.MonkeyPatch, **environment: str) -> str:
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    with pytest.raises(SettingsError) as refused:
        load_settings()
    return str(refused.value)


def test_nothing_set_then_one_machine_is_enough() -> None:
    settings = load_settings()
    assert settings.embedded_postgres
    assert settings.redis_url is None
    assert settings.ray_address is None
    assert settings.address == "http://127.0.0.1:8080"
    assert settings.state_dir.is_absolute()


def test_command_line_then_it_wins_over_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STROWGER_PORT", "9000")
    monkeypatch.setenv("STROWGER_HOST", "::1")
    assert load_settings(port=9001, host=None).address == "http://[::1]:9001"


def test_plain_ray_address_then_it_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RAY_ADDRESS", "127.0.0.1:6379")
    assert load_settings().ray_address == "127.0.0.1:6379"


def test_networks_with_commas_then_each_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STROWGER_TRUSTED_PROXIES", "10.0.0.0/8, 192.168.1.7")
    assert load_settings().trusted_proxies == ("10.0.0.0/8", "192.168.1.7")


def test_misspelt_name_then_refused_with_the_nearest_one(monkeypatch: pytest.MonkeyPatch) -> None:
    assert "did you mean STROWGER_DATABASE_URL?" in refusal(monkeypatch, STROWGER_DATABSE_URL="x")


def test_several_mistakes_then_all_are_told_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    lines = refusal(monkeypatch, STROWGER_PORT="http", STROWGER_LOG_LEVEL="loud", STROWGER_NOPE="1").splitlines()
    assert [line.split(":")[0] for line in lines] == ["STROWGER_NOPE", "STROWGER_PORT", "STROWGER_LOG_LEVEL"]


@pytest.mark.parametrize(
    ("environment", "named"),
    [
        ({"STROWGER_PORT": "0"}, "STROWGER_PORT"),
        ({"STROWGER_PORT": "65535", "STROWGER_GATEWAYS": "2"}, "STROWGER_GATEWAYS"),
        ({"STROWGER_PUBLIC_URL": "ftp://clinic.example"}, "STROWGER_PUBLIC_URL"),
        ({"STROWGER_PUBLIC_URL": "https://clinic.example/app"}, "STROWGER_PUBLIC_URL"),
        ({"STROWGER_TLS_CERTIFICATE_FILE": __file__}, "STROWGER_TLS_KEY_FILE"),
        ({"STROWGER_TLS_KEY_FILE": __file__}, "STROWGER_TLS_CERTIFICATE_FILE"),
        (
            {"STROWGER_TLS_KEY_FILE": "/nowhere", "STROWGER_TLS_CERTIFICATE_FILE": __file__},
            "STROWGER_TLS_KEY_FILE",
        ),
        (
            {
                "STROWGER_TLS_KEY_FILE": __file__,
                "STROWGER_TLS_CERTIFICATE_FILE": __file__,
                "STROWGER_PUBLIC_URL": "http://clinic.example",
            },
            "STROWGER_PUBLIC_URL",
        ),
        ({"STROWGER_SHARD_PORT_FIRST": "7000"}, "STROWGER_SHARD_PORT_LAST"),
        ({"STROWGER_SHARD_PORT_LAST": "7000"}, "STROWGER_SHARD_PORT_FIRST"),
        ({"STROWGER_SHARD_PORT_FIRST": "7010", "STROWGER_SHARD_PORT_LAST": "7000"}, "STROWGER_SHARD_PORT_LAST"),
        ({"STROWGER_SHARD_PORT_FIRST": "7000", "STROWGER_SHARD_PORT_LAST": "7002"}, "STROWGER_SHARD_PORT_LAST"),
        ({"STROWGER_SHARD_PORT_FIRST": "8070", "STROWGER_SHARD_PORT_LAST": "8090"}, "STROWGER_SHARD_PORT_FIRST"),
        ({"STROWGER_SHARD_ADVERTISED_HOST": "10.0.0.5"}, "STROWGER_SHARD_BIND_HOST"),
        ({"STROWGER_SHARD_BIND_HOST": "10.0.0.5"}, "STROWGER_SHARD_ADVERTISED_HOST"),
        ({"STROWGER_DATABASE_APP_URL": "postgresql://h/d"}, "STROWGER_DATABASE_JOURNAL_URL"),
        ({"STROWGER_DATABASE_URL": "mysql://h/d"}, "STROWGER_DATABASE_URL"),
        ({"STROWGER_REDIS_URL": "http://h"}, "STROWGER_REDIS_URL"),
        ({"RAY_ADDRESS": "10.0.0.1:6379", "STROWGER_REDIS_URL": "redis://10.0.0.2"}, "STROWGER_DATABASE_URL"),
        ({"STROWGER_TRUSTED_PROXIES": "10.0.0.0/99"}, "STROWGER_TRUSTED_PROXIES"),
        ({"STROWGER_VAULT_KEY": "short"}, "STROWGER_VAULT_KEY"),
    ],
)
def test_settings_that_cannot_work_then_refused_by_name(
    monkeypatch: pytest.MonkeyPatch, environment: dict[str, str], named: str
) -> None:
    lines = refusal(monkeypatch, **environment).splitlines()
    assert [line.split(":")[0] for line in lines] == [named]
    assert all(line.endswith(".") for line in lines)


def test_refused_secret_then_its_value_is_not_repeated(monkeypatch: pytest.MonkeyPatch) -> None:
    text = refusal(monkeypatch, STROWGER_VAULT_KEY="hunter2", STROWGER_DATABASE_URL="mysql://u:hunter2@h/d")
    assert "hunter2" not in text


def test_settings_printed_then_secrets_are_hidden(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("STROWGER_DATABASE_URL", "postgresql://u:hunter2@h/d")
    assert "hunter2" not in repr(load_settings(state_dir=tmp_path))
