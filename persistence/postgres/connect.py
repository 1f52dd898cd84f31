"""How a connection to Postgres is opened: the limits that the server itself enforces on it.

They are the server's, because a client that hangs cannot enforce its own: a paused process holds no lock for
longer than `statement_timeout_ms`, and a machine that vanished is noticed by keep-alives.
"""

from typing import Any

import msgspec


class Limits(msgspec.Struct, frozen=True):
    """What one connection may cost. A statement that the server cuts off has not happened."""

    connect_timeout_s: float = 5.0
    lock_timeout_ms: int = 2_000
    statement_timeout_ms: int = 5_000
    idle_in_transaction_timeout_ms: int = 5_000
    dead_peer_timeout_s: int = 10
    answer_timeout_s: float = 10.0
    """How long the client waits for an answer; longer than the server's own limits, which come first."""


def connection_options(limits: Limits, **settings: str) -> dict[str, Any]:
    """Keyword arguments for the driver's `connect` and `create_pool`; `settings` are more server settings."""
    return {
        "timeout": limits.connect_timeout_s,
        "command_timeout": limits.answer_timeout_s,
        "server_settings": {
            "application_name": "strowger",
            "synchronous_commit": "on",
            "timezone": "UTC",
            "jit": "off",
            "lock_timeout": str(limits.lock_timeout_ms),
            "statement_timeout": str(limits.statement_timeout_ms),
            "idle_in_transaction_session_timeout": str(limits.idle_in_transaction_timeout_ms),
            "tcp_keepalives_idle": str(limits.dead_peer_timeout_s),
            "tcp_keepalives_interval": "3",
            "tcp_keepalives_count": "3",
            "tcp_user_timeout": str(limits.dead_peer_timeout_s * 1_000),
            **settings,
        },
    }
