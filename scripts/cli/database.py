"""A database for a short command: the named one, the embedded one that runs, or the embedded one for a moment."""

from collections.abc import Iterator
from contextlib import contextmanager

from scripts.compose import DatabaseAddresses, embedded_database, embedded_postgres, named_database
from scripts.secrets_file import Secrets
from scripts.settings import Settings


@contextmanager
def database_for(settings: Settings, secrets: Secrets) -> Iterator[DatabaseAddresses]:
    """Reach the installation's database, starting the embedded one if it does not run."""
    if not settings.embedded_postgres:
        yield named_database(settings, secrets)
        return
    postgres = embedded_postgres(settings)
    addresses = embedded_database(postgres)
    if postgres.runs_elsewhere:
        yield addresses
        return
    with postgres:
        yield addresses
