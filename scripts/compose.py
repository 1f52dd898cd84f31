"""The composition root: from settings, secrets and embedded servers to what each process is told."""

import os
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import quote, unquote, urlsplit, urlunsplit

from pydantic import SecretStr

from actors.config import ClusterConfig, Secret, ShardConfig
from scripts.backup.folders import archive_folder
from scripts.embedded.postgres import APP_ROLE, JOURNAL_ROLE, EmbeddedPostgres
from scripts.embedded.write_ahead_log import Archive
from scripts.load_settings import SettingsError
from scripts.secrets_file import Secrets
from scripts.settings import CHECKOUT, Settings
from web.config import GatewayConfig

NAMESPACE = "strowger"
"""Where all shards live in Ray."""
RAY_PROOF = ("RAY_AUTH_MODE", "RAY_AUTH_TOKEN_PATH")


@dataclass(frozen=True, repr=False)
class DatabaseAddresses:
    """How each role reaches the database. `owner_url` is None where somebody else migrates it."""

    owner_url: str | None
    app_url: str
    journal_url: str
    backup_url: str | None = None
    """As a role that row-level security does not filter."""

    @property
    def app_password(self) -> str:
        return unquote(urlsplit(self.app_url).password or "")

    @property
    def journal_password(self) -> str:
        return unquote(urlsplit(self.journal_url).password or "")


@dataclass(frozen=True, repr=False)
class Addresses:
    """Where the servers are, embedded or not."""

    database: DatabaseAddresses
    redis_url: str
    ray_address: str
    ray_environment: dict[str, str] = field(default_factory=dict)
    """What a process needs in its environment to talk to that Ray."""


def named_addresses(settings: Settings, secrets: Secrets) -> Addresses:
    """Where the servers are for a process that runs apart from them. Raises `SettingsError` if one is not named."""
    return Addresses(
        database=named_database(settings, secrets),
        redis_url=named_redis(settings),
        ray_address=settings.ray_address or "",
    )


def named_database(settings: Settings, secrets: Secrets) -> DatabaseAddresses:
    """The database that the settings name.

    Where only the owner's address is known, the other two roles live at the same place with passwords of their own.
    """
    owner, app, journal = (
        _text(url) for url in (settings.database_url, settings.database_app_url, settings.database_journal_url)
    )
    backup = _text(settings.database_backup_url)
    if app and journal:
        return DatabaseAddresses(owner, app, journal, backup)
    if not owner:
        raise SettingsError(["STROWGER_DATABASE_URL: is missing, and there is no embedded Postgres here."])
    app_password = _text(settings.database_app_password) or secrets.database_app_password
    journal_password = _text(settings.database_journal_password) or secrets.database_journal_password
    return DatabaseAddresses(
        owner,
        with_credentials(owner, APP_ROLE, app_password),
        with_credentials(owner, JOURNAL_ROLE, journal_password),
        backup,
    )


def embedded_postgres(settings: Settings) -> EmbeddedPostgres:
    """The embedded server as the settings want it: whoever starts it must not interrupt its archive."""
    if settings.archive and settings.keys_dir is not None:
        return EmbeddedPostgres(settings.state_dir, log=Archive(archive_folder(settings.keys_dir)))
    return EmbeddedPostgres(settings.state_dir)


def archive_of(settings: Settings) -> Path:
    """The embedded server's place in the archive that the settings name."""
    assert settings.keys_dir is not None
    return EmbeddedPostgres(settings.state_dir).data_folder().archive_of(archive_folder(settings.keys_dir))


def embedded_database(postgres: EmbeddedPostgres) -> DatabaseAddresses:
    """How each role reaches the embedded server."""
    return DatabaseAddresses(postgres.owner_url, postgres.app_url, postgres.journal_url, postgres.superuser_url)


def named_redis(settings: Settings) -> str:
    url = _text(settings.redis_url)
    if not url:
        raise SettingsError(["STROWGER_REDIS_URL: is missing, and there is no embedded Valkey here."])
    return url


def named_ray_environment() -> dict[str, str]:
    """How a process of ours proves itself to a named Ray: where its token lies, as whoever started us was told."""
    return {name: os.environ[name] for name in RAY_PROOF if name in os.environ}


def with_credentials(url: str, user: str, password: str) -> str:
    """The same address for another role."""
    parts = urlsplit(url)
    place = parts.netloc.rpartition("@")[2]
    return urlunsplit(parts._replace(netloc=f"{user}:{quote(password, safe='')}@{place}"))


def cluster_config(settings: Settings, secrets: Secrets, addresses: Addresses) -> ClusterConfig:
    return ClusterConfig(
        shard=ShardConfig(
            journal_url=Secret(addresses.database.journal_url),
            app_url=Secret(addresses.database.app_url),
            redis_url=Secret(addresses.redis_url),
            cluster_secret=Secret(_text(settings.cluster_secret) or secrets.cluster_secret),
            bind_host=settings.shard_bind_host,
            advertised_host=settings.shard_advertised_host,
            port_first=settings.shard_port_first or 0,
            port_last=settings.shard_port_last or 0,
            log_level=settings.log_level,
        ),
        queue_shards=settings.queue_shards,
        agent_shards=settings.agent_shards,
        router_shards=settings.router_shards,
        supervisor_shards=settings.supervisor_shards,
    )


def gateway_config(settings: Settings, secrets: Secrets, addresses: Addresses, *, number: int) -> GatewayConfig:
    """What gateway `number` is told, counting from 0: it listens that many ports above the first."""
    return GatewayConfig(
        app_url=Secret(addresses.database.app_url),
        journal_url=Secret(addresses.database.journal_url),
        redis_url=Secret(addresses.redis_url),
        cluster_secret=Secret(_text(settings.cluster_secret) or secrets.cluster_secret),
        vault_key=Secret(_text(settings.vault_key) or secrets.vault_key),
        hash_key=Secret(_text(settings.hash_key) or secrets.hash_key),
        host=settings.host,
        port=settings.port + number,
        public_url=settings.address,
        tls_certificate_file=_path(settings.tls_certificate_file),
        tls_key_file=_path(settings.tls_key_file),
        trusted_proxies=settings.trusted_proxies,
        ui_dir=built_ui(),
        log_level=settings.log_level,
    )


def built_ui() -> str | None:
    """The browser app's folder, where it has been built."""
    folder = CHECKOUT / "web" / "ui" / "dist"
    return str(folder) if (folder / "index.html").is_file() else None


def _text(secret: SecretStr | None) -> str | None:
    return secret.get_secret_value() if secret else None


def _path(path: Path | None) -> str | None:
    return str(path.absolute()) if path else None
