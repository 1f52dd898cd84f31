"""What can be set, by environment variables that begin with `STROWGER_`, and what is refused and why.

Everything has a default that works on one machine. `load_settings` reads them and refuses what does not fit.
"""

import re
from ipaddress import ip_network
from pathlib import Path
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit

from pydantic import AliasChoices, BeforeValidator, Field, SecretStr, field_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

PREFIX = "STROWGER_"
CHECKOUT = Path(__file__).resolve().parents[1]

Port = Annotated[int, Field(ge=1, le=65535)]
Shards = Annotated[int, Field(ge=1, le=256)]


def _parts(value: Any) -> Any:
    return tuple(part.strip() for part in value.split(",") if part.strip()) if isinstance(value, str) else value


class Settings(BaseSettings):
    """All settings of one installation. Field `x` is read from `STROWGER_X`."""

    model_config = SettingsConfigDict(env_prefix=PREFIX, extra="forbid", frozen=True, populate_by_name=True)

    state_dir: Path = CHECKOUT / ".strowger"
    """Where this installation keeps its secrets, logs and embedded servers."""

    database_url: SecretStr | None = None
    """Postgres as the owner of the tables; without any database setting an embedded one is started."""
    database_app_url: SecretStr | None = None
    database_journal_url: SecretStr | None = None
    database_app_password: SecretStr | None = None
    """Of the role `strowger_app`, where its URL is derived from the owner's."""
    database_journal_password: SecretStr | None = None
    redis_url: SecretStr | None = None
    ray_address: str | None = Field(None, validation_alias=AliasChoices("STROWGER_RAY_ADDRESS", "RAY_ADDRESS"))

    host: str = "127.0.0.1"
    port: Port = 8080
    gateways: Annotated[int, Field(ge=1, le=64)] = 1
    """How many gateway processes run side by side, on consecutive ports."""
    public_url: str | None = None
    """The address that people and carriers use; by default the first gateway's own."""
    tls_certificate_file: Path | None = None
    tls_key_file: Path | None = None
    trusted_proxies: Annotated[tuple[str, ...], NoDecode, BeforeValidator(_parts)] = ()
    """Networks, separated by commas, whose `X-Forwarded-*` headers are believed."""

    shard_bind_host: str = "127.0.0.1"
    shard_advertised_host: str = "127.0.0.1"
    shard_port_first: Port | None = None
    """Links between processes use ports from here to `shard_port_last`; the system chooses where both are unset."""
    shard_port_last: Port | None = None
    queue_shards: Shards = 1
    agent_shards: Shards = 1
    router_shards: Shards = 1
    supervisor_shards: Shards = 1

    backup_dir: Path | None = None
    """Where `strowger backup` keeps the data's back-ups, which hold no keys."""
    key_backup_dir: Path | None = None
    """Where everything goes that holds keys; by default beside `backup_dir`, with `-keys` at the end."""
    key_backup_days: Annotated[int, Field(ge=1, le=3650)] = 7
    """How long back-ups that hold keys are kept: an erased person is gone from them after that."""
    archive: bool = False
    """Whether the embedded Postgres archives its write-ahead log: any moment of the last days can then be restored."""
    database_backup_url: SecretStr | None = None
    """Postgres as a role that row-level security does not filter, for back-ups of a database that settings name."""

    cluster_secret: SecretStr | None = None
    vault_key: SecretStr | None = None
    hash_key: SecretStr | None = None

    log_level: Literal["debug", "info", "warning", "error"] = "info"

    @property
    def embedded_postgres(self) -> bool:
        return self.database_url is None and self.database_app_url is None

    @property
    def keys_dir(self) -> Path | None:
        """Where back-ups that hold keys go."""
        beside = self.backup_dir.with_name(f"{self.backup_dir.name}-keys") if self.backup_dir else None
        return self.key_backup_dir or beside

    @property
    def shards(self) -> int:
        return self.queue_shards + self.agent_shards + self.router_shards + self.supervisor_shards

    @property
    def address(self) -> str:
        """The public address, without a slash at the end."""
        scheme = "https" if self.tls_certificate_file else "http"
        host = "127.0.0.1" if self.host in {"0.0.0.0", "::"} else self.host  # noqa: S104 - compared, not bound
        return (self.public_url or f"{scheme}://{f'[{host}]' if ':' in host else host}:{self.port}").rstrip("/")

    @field_validator("state_dir", "backup_dir", "key_backup_dir")
    @classmethod
    def _wherever_a_child_runs(cls, value: Path | None) -> Path | None:
        return value.expanduser().absolute() if value else None

    @field_validator("public_url")
    @classmethod
    def _public_url_is_an_address(cls, value: str | None) -> str | None:
        parts = urlsplit(value or "http://host")
        if parts.scheme not in {"http", "https"} or not parts.hostname or parts.path.strip("/") or parts.query:
            raise ValueError("must be http:// or https:// with a host and nothing behind it")
        return value

    @field_validator("database_url", "database_app_url", "database_journal_url", "database_backup_url")
    @classmethod
    def _is_a_postgres_url(cls, value: SecretStr | None) -> SecretStr | None:
        if value and urlsplit(value.get_secret_value()).scheme not in {"postgres", "postgresql"}:
            raise ValueError("must begin with postgresql://")
        return value

    @field_validator("redis_url")
    @classmethod
    def _is_a_redis_url(cls, value: SecretStr | None) -> SecretStr | None:
        if value and urlsplit(value.get_secret_value()).scheme not in {"redis", "rediss", "unix"}:
            raise ValueError("must begin with redis://, rediss:// or unix://")
        return value

    @field_validator("vault_key", "hash_key", "cluster_secret")
    @classmethod
    def _is_a_key(cls, value: SecretStr | None) -> SecretStr | None:
        if value and not re.fullmatch(r"[0-9a-fA-F]{64}", value.get_secret_value()):
            raise ValueError("must be 64 hexadecimal digits (32 bytes), such as `openssl rand -hex 32` prints")
        return value

    @field_validator("trusted_proxies")
    @classmethod
    def _are_networks(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        for part in value:
            try:
                ip_network(part)
            except ValueError:
                raise ValueError("must be networks such as 10.0.0.0/8, separated by commas") from None
        return value
