"""What a shard process is told when it is started. Composed in `scripts`, carried by Ray to wherever the actor runs."""

import msgspec


class Secret(msgspec.Struct, frozen=True, repr_omit_defaults=True):
    """A value that must never be printed: `reveal()` is the only way to read it."""

    value: str

    def reveal(self) -> str:
        return self.value

    def __repr__(self) -> str:
        return "Secret(***)"

    __str__ = __repr__


class ShardConfig(msgspec.Struct, frozen=True):
    """Where a shard finds its store and how other processes find the shard."""

    journal_url: Secret
    """Postgres as the journal's own role."""
    app_url: Secret
    """Postgres as the application's role (call records)."""
    redis_url: Secret
    cluster_secret: Secret
    """Both ends of a link prove that they know it."""
    bind_host: str = "127.0.0.1"
    advertised_host: str = "127.0.0.1"
    port_first: int = 0
    """First port tried for the link server; 0 lets the system choose."""
    port_last: int = 0
    log_level: str = "info"


class ClusterConfig(msgspec.Struct, frozen=True):
    """How many shards of each kind there are, and what each is told."""

    shard: ShardConfig
    queue_shards: int = 1
    agent_shards: int = 1
    router_shards: int = 1
    supervisor_shards: int = 1
