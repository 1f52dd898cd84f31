"""Who asks. Every command names its principal, and every event remembers it."""

from enum import StrEnum

import msgspec


class Role(StrEnum):
    """What kind of person or thing a principal is."""

    AGENT = "agent"
    SUPERVISOR = "supervisor"
    ADMINISTRATOR = "administrator"
    INTEGRATION = "integration"
    CALLER = "caller"
    SYSTEM = "system"


class Principal(msgspec.Struct, frozen=True, array_like=True):
    """One acting party. `identity` is an id, never a name: it ends up in events."""

    role: Role
    identity: str


SYSTEM = Principal(Role.SYSTEM, "engine")
"""The engine itself: deadlines and the answers of other owners."""
