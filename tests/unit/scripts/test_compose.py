"""What each process is told, composed from settings, secrets and servers."""

import os
from pathlib import Path

import msgspec
import pytest

from actors.config import ClusterConfig
from scripts.compose import Addresses, cluster_config, gateway_config, named_database, with_credentials
from scripts.load_settings import SettingsError, load_settings
from scripts.secrets_file import Secrets
from web.config import GatewayConfig

OWNER = "postgresql://owner:o%40p@db.example:5433/clinic?sslmode=require"


@pytest.fixture(autouse=True)
def _empty_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in list(os.environ):
        if name.startswith(("STROWGER_", "RAY_")):
            monkeypatch.delenv(name)


def test_only_the_owners_address_then_the_other_roles_live_at_the_same_place() -> None:
    secrets = Secrets(database_app_password="a/b", database_journal_password="j")
    named = named_database(load_settings(database_url=OWNER), secrets)
    assert named.owner_url == OWNER
    assert named.app_url == "postgresql://strowger_app:a%2Fb@db.example:5433/clinic?sslmode=require"
    assert named.journal_url == "postgresql://strowger_journal:j@db.example:5433/clinic?sslmode=require"
    assert (named.app_password, named.journal_password) == ("a/b", "j")


def test_passwords_in_the_settings_then_they_win_over_the_files() -> None:
    settings = load_settings(database_url=OWNER, database_app_password="set")
    assert named_database(settings, Secrets()).app_password == "set"


def test_both_roles_named_then_the_owner_is_not_needed() -> None:
    settings = load_settings(database_app_url="postgresql://a:1@h/d", database_journal_url="postgresql://j:2@h/d")
    named = named_database(settings, Secrets())
    assert named.owner_url is None
    assert named.app_url == "postgresql://a:1@h/d"
    assert not settings.embedded_postgres


def test_no_database_named_then_refused_by_the_settings_name() -> None:
    with pytest.raises(SettingsError, match="STROWGER_DATABASE_URL"):
        named_database(load_settings(), Secrets())


def test_address_of_a_socket_then_only_the_credentials_change() -> None:
    url = "postgresql://owner:x@/db?host=%2Frun%2Fpg&port=5432"
    assert with_credentials(url, "app", "p w") == "postgresql://app:p%20w@/db?host=%2Frun%2Fpg&port=5432"


def test_second_gateway_then_its_own_port_and_the_same_public_address() -> None:
    settings = load_settings(port=9000, gateways=2, public_url="https://clinic.example/")
    addresses = Addresses(named_database(load_settings(database_url=OWNER), Secrets()), "redis://r", "ray:1")
    config = gateway_config(settings, Secrets(vault_key="f" * 64), addresses, number=1)
    assert (config.port, config.public_url) == (9001, "https://clinic.example")
    assert config.vault_key.reveal() == "f" * 64
    assert msgspec.json.decode(msgspec.json.encode(config), type=GatewayConfig) == config


def test_shards_then_told_their_numbers_and_ports_and_nothing_is_printed(tmp_path: Path) -> None:
    settings = load_settings(state_dir=tmp_path, queue_shards=2, shard_port_first=7000, shard_port_last=7010)
    addresses = Addresses(named_database(load_settings(database_url=OWNER), Secrets()), "redis://:hunter2@r", "ray:1")
    config = cluster_config(settings, Secrets(), addresses)
    assert (config.queue_shards, config.agent_shards) == (2, 1)
    assert (config.shard.port_first, config.shard.port_last) == (7000, 7010)
    assert "hunter2" not in repr(config)
    assert msgspec.json.decode(msgspec.json.encode(config), type=ClusterConfig) == config
