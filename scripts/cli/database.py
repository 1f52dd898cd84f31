"""A database for a short command: the named one, the embedded one that runs, or the embedded one for a moment."""

from collections.abc import Iterator
from contextlib import contextmanager

from scripts.compose import DatabaseAddresses, named_database
from scripts.embedded.postgres import EmbeddedPostgres
from scripts.secrets_file import Secrets
from scripts.settings import Settings


@contextmanager
def database_for(settings: Settings, secrets: Secrets) -> Iterator[DatabaseAddresses]:
    """Reach the installation's database, starting the embedded one if it does not run."""
    if not settings.embedded_postgres:
        yield named_database(settings, secrets)
        return
    postgres = EmbeddedPostgres(settings.state_dir)
    addresses = DatabaseAddresses(postgres.owner_url, postgres.app_url, postgres.journal_url)
    if postgres.runs_elsewhere:
        yield addresses
        return
    with postgres:
        yield addresses
