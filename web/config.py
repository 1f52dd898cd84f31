"""What a gateway process is told when it is started. Composed in `scripts`."""

import msgspec

from actors.config import Secret


class GatewayConfig(msgspec.Struct, frozen=True):
    """One gateway: its door, its public face, and where it finds the rest of the house."""

    app_url: Secret
    """Postgres as the application's role."""
    journal_url: Secret
    """Postgres as the journal's role, for the directory of shards only."""
    redis_url: Secret
    cluster_secret: Secret
    vault_key: Secret
    """Master key (hex, 32 bytes) that wraps every subject's own key."""
    hash_key: Secret
    """Key (hex, 32 bytes) of the keyed hashes that look up numbers and names."""
    host: str = "127.0.0.1"
    port: int = 8080
    public_url: str = "http://127.0.0.1:8080"
    """The address that people and carriers use. `https` here makes cookies `Secure`."""
    tls_certificate_file: str | None = None
    tls_key_file: str | None = None
    trusted_proxies: tuple[str, ...] = ()
    """Networks whose `X-Forwarded-*` headers are believed."""
    ui_dir: str | None = None
    """The built browser app, or None to serve the API only."""
    log_level: str = "info"
