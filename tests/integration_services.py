"""Help with real servers for tests: what `tests/conftest.py` builds its fixtures from."""

from urllib.parse import unquote, urlsplit

from persistence.migrate import migrate
from scripts.embedded.postgres import DatabaseUrls

EMPTY_EVERY_TABLE = """
do $$
declare
    names text;
begin
    select string_agg(format('%I.%I', schemaname, tablename), ', ') into names
    from pg_tables
    where tableowner = 'strowger_owner' and tablename <> 'schema_version'
      and tablename !~ '^journal_(default|\\d{4}_\\d{2})$';
    execute 'truncate ' || names;
end
$$;
"""


async def migrate_database(urls: DatabaseUrls) -> list[str]:
    """Bring a fresh database to today's schema with the passwords that `urls` carry."""
    return await migrate(
        urls.owner_url,
        app_password=password_of(urls.app_url),
        journal_password=password_of(urls.journal_url),
    )


def password_of(url: str) -> str:
    return unquote(urlsplit(url).password or "")
