"""The journal's months: made ahead of time, dropped when they are old and snapshots hold what they said."""

from persistence.migrate import MONTHS_AHEAD, owner_connection


async def make_months(owner_url: str, *, months_ahead: int = MONTHS_AHEAD) -> list[str]:
    """Make the tables of this month and the coming ones; returns the names of those that were missing."""
    async with owner_connection(owner_url) as connection:
        rows = await connection.fetch("select journal_make_months($1)", months_ahead)
    return [row[0] for row in rows]


async def drop_covered_months(owner_url: str, *, keep_days: int) -> list[str]:
    """Drop months that ended more than `keep_days` ago; returns the names of those dropped.

    A month stays for as long as any tenant has entries in it that are newer than that tenant's snapshot. Let
    `keep_days` be more than any projection could ever lag: what is dropped cannot be projected any more.
    """
    async with owner_connection(owner_url) as connection:
        rows = await connection.fetch("select journal_drop_months(make_interval(days => $1))", keep_days)
    return [row[0] for row in rows]
