"""What the driver raises, told in the words of `persistence.errors`.

Postgres puts values of the row that failed into DETAIL and sometimes into the message, so neither is carried
on: only the SQLSTATE and the name of the constraint are. Raise the translation with `from None`.
"""

import asyncpg

from persistence.errors import (
    ConflictError,
    NotFoundError,
    StoreError,
    StoreUnavailableError,
    TenantMismatchError,
)

DRIVER_ERRORS = (asyncpg.PostgresError, asyncpg.InterfaceError, OSError, TimeoutError)
"""Everything that means "the database", as opposed to a mistake in our own code."""

_CONNECTION_GONE = ("08", "57P", "40003")
"""Beginnings of the SQLSTATEs after which nobody knows how a statement ended: the connection failed."""

_TRY_AGAIN = ("40", "53", "55P03", "57014")
"""Deadlock, out of resources, lock timeout, statement timeout: the server undid the statement."""


def connection_is_gone(error: BaseException) -> bool:
    """Whether the connection failed, so that a commit that was under way may or may not have happened."""
    if isinstance(error, asyncpg.PostgresError):
        return _sqlstate(error).startswith(_CONNECTION_GONE)
    return isinstance(error, (asyncpg.InterfaceError, OSError, TimeoutError))


def as_store_error(error: BaseException) -> StoreError:
    """Translate an error after which nothing was written."""
    if connection_is_gone(error):
        return StoreUnavailableError()
    if not isinstance(error, asyncpg.PostgresError):
        return StoreError(f"The database driver failed with {type(error).__name__}: see the server's log.")
    sqlstate, constraint = _sqlstate(error), getattr(error, "constraint_name", None) or ""
    if sqlstate.startswith(_TRY_AGAIN):
        return StoreUnavailableError("The database did not answer in time; nothing was written, try again.")
    if sqlstate.startswith("28"):
        return StoreUnavailableError("The database refused the log-in: check the password of the URL's role.")
    if isinstance(error, asyncpg.ForeignKeyViolationError):
        return TenantMismatchError() if "tenant_partition" in constraint else NotFoundError()
    if isinstance(error, asyncpg.UniqueViolationError):
        return ConflictError()
    where = f" ({constraint})" if constraint else ""
    return StoreError(f"The database refused with SQLSTATE {sqlstate}{where}: see the server's log.")


def _sqlstate(error: asyncpg.PostgresError) -> str:
    return getattr(error, "sqlstate", None) or ""
