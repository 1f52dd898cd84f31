"""The other side of the client's ledger: the journal, read directly and from its first entry."""

from actors.config import Secret
from benchmarks.calls.ledger import JournalAccount
from engine.events import decode_fact
from persistence.journal import Kind, partition_of
from persistence.postgres.journal import PostgresJournal


async def read_account(journal_url: Secret, tenant_id: str) -> JournalAccount:
    """What the whole stream of the tenant's calls says."""
    account = JournalAccount()
    journal = await PostgresJournal.connect(journal_url.reveal())
    try:
        async for page in journal.read(Kind.QUEUE, partition_of(tenant_id), 0):
            account.read(decode_fact(entry.payload) for entry in page if entry.tenant_id == tenant_id)
    finally:
        await journal.close()
    return account
