"""Everything that can go wrong with the memory, as one tree.

The docstring of each class is its default message: one sentence, no data from the row that failed, because
Postgres puts values (which may be personal) into DETAIL.
"""


class StoreError(Exception):
    """The store could not do what was asked."""

    def __init__(self, message: str | None = None) -> None:
        super().__init__(message or type(self).__doc__)


class StoreUnavailableError(StoreError):
    """The store cannot be reached; nothing was written."""


class CommitUnknownError(StoreError):
    """The connection broke while a commit was under way; it may or may not have happened."""


class TenantMismatchError(StoreError):
    """An entry names a tenant that does not live in this partition."""


class ConflictError(StoreError):
    """A value that must be unique is taken already."""


class NotFoundError(StoreError):
    """No such row for this tenant."""


class MigrationError(StoreError):
    """The database could not be brought to this program's schema."""
