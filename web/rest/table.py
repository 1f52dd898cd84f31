"""The table: every REST operation, each once."""

from web.rest import agents, calls, notes, queues, records, session, users
from web.rest.operation import Operation

PREFIX = "/api/v1"
OPERATIONS: tuple[Operation, ...] = (
    *session.OPERATIONS,
    *queues.OPERATIONS,
    *agents.OPERATIONS,
    *calls.OPERATIONS,
    *notes.OPERATIONS,
    *records.OPERATIONS,
    *users.OPERATIONS,
)
