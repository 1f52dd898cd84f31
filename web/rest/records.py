"""Ended calls, and who called."""

import base64
import binascii

import msgspec

from persistence.projections import CallCursor
from web.errors import DoorError
from web.resources import Callers, CallersQuery, CallerView, CallRecords, NoQuery, RecordsPage
from web.rest.operation import Ask, Operation, Reply
from web.roles import Action
from web.views import record_view

CALLERS_MAX = 100


async def list_records(ask: Ask[None, RecordsPage]) -> Reply:
    tenant_id, query = ask.user.tenant_id, ask.query
    before = _read_cursor(query.before) if query.before is not None else None
    found = await ask.gateway.projections.list_calls(
        tenant_id, queue_id=query.queue_id, before=before, limit=query.limit + 1
    )
    records = found[: query.limit]
    people = await ask.gateway.vault.names(tenant_id, [one.subject_id for one in records if one.subject_id is not None])
    following = None
    if len(found) > query.limit:
        following = _write_cursor(CallCursor(records[-1].ended_at_ms, records[-1].call_id))
    return Reply(CallRecords(tuple(record_view(record, people) for record in records), following))


async def list_callers(ask: Ask[None, CallersQuery]) -> Reply:
    ids = ask.query.ids.split(",")
    if len(ids) > CALLERS_MAX:
        raise DoorError("invalid", field="ids", message=f"Ask for at most {CALLERS_MAX} callers at once.")
    people = await ask.gateway.vault.names(ask.user.tenant_id, ids)
    return Reply(Callers({key: CallerView(person.number, person.name) for key, person in people.items()}))


async def erase_caller(ask: Ask[None, NoQuery]) -> Reply:
    await ask.gateway.vault.erase(ask.user.tenant_id, ask.path["subject_id"])
    return Reply()


def _write_cursor(cursor: CallCursor) -> str:
    place = msgspec.msgpack.encode((cursor.ended_at_ms, cursor.call_id))
    return base64.urlsafe_b64encode(place).rstrip(b"=").decode()


def _read_cursor(text: str) -> CallCursor:
    try:
        place = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
        ended_at_ms, call_id = msgspec.msgpack.decode(place, type=tuple[int, str])
    except (binascii.Error, msgspec.DecodeError, UnicodeDecodeError):
        raise DoorError("invalid", field="before", message="Send `before` as it was given in `next`.") from None
    if not 0 <= ended_at_ms < 1 << 62 or "\0" in call_id:
        raise DoorError("invalid", field="before", message="Send `before` as it was given in `next`.")
    return CallCursor(ended_at_ms, call_id)


OPERATIONS = (
    Operation(
        operation_id="list_call_records",
        method="GET",
        path="/call-records",
        summary="Ended calls, the last ended first.",
        tag="Records",
        action=Action.READ_RECORDS,
        handler=list_records,
        query=RecordsPage,
        reply=CallRecords,
        errors=("overloaded",),
    ),
    Operation(
        operation_id="list_callers",
        method="GET",
        path="/callers",
        summary="Who some subjects are.",
        tag="Records",
        action=Action.READ_CALLERS,
        handler=list_callers,
        query=CallersQuery,
        reply=Callers,
        errors=("overloaded",),
    ),
    Operation(
        operation_id="erase_caller",
        method="DELETE",
        path="/callers/{subject_id}",
        summary="Erase a person for good; safe to repeat.",
        tag="Records",
        action=Action.ERASE_CALLER,
        handler=erase_caller,
        status=204,
    ),
)
