"""Which server this is."""

from persistence.migrate import owner_connection


async def server_major(url: str) -> int:
    """PostgreSQL's major version. Any of the roles may ask; raises `StoreError`."""
    async with owner_connection(url) as connection:
        return connection.get_server_version().major
