"""The OpenAPI description, from the same table that makes the routes."""

from collections.abc import Iterable
from typing import Any

import msgspec

from web.errors import KINDS, ErrorBody
from web.rest.door import IDEMPOTENCY_HEADER
from web.rest.operation import Operation
from web.rest.table import OPERATIONS, PREFIX
from web.sessions import COOKIE

VERSION = "1.0"
REF = "#/components/schemas/{name}"
ID_PATTERN = r"^[A-Za-z0-9_.:-]+$"
RETRY_STATUSES = frozenset({429, 503})

Json = dict[str, Any]


def describe(public_url: str) -> Json:
    """OpenAPI 3.1 as plain data."""
    types = _types(OPERATIONS)
    schemas, components = msgspec.json.schema_components(types, ref_template=REF)
    by_type = dict(zip(types, schemas, strict=True))
    paths: Json = {}
    for operation in OPERATIONS:
        paths.setdefault(PREFIX + operation.path, {})[operation.method.lower()] = _operation(operation, by_type)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Strowger",
            "version": VERSION,
            "description": (
                "Queues, agents and calls of one clinic. Sign in for a cookie; every request stays in its user's"
                " clinic. Commands take an Idempotency-Key and expire after ten seconds: when an answer is lost, send"
                " the same request with the same key."
            ),
        },
        "servers": [{"url": public_url}],
        "paths": paths,
        "components": {
            "schemas": components,
            "securitySchemes": {"session": {"type": "apiKey", "in": "cookie", "name": COOKIE}},
        },
    }


def _types(operations: Iterable[Operation]) -> list[type[msgspec.Struct]]:
    found: dict[type[msgspec.Struct], None] = {ErrorBody: None}
    for operation in operations:
        for one in (operation.body, operation.reply):
            if one is not None:
                found[one] = None
    return list(found)


def _operation(operation: Operation, by_type: dict[type[msgspec.Struct], Json]) -> Json:
    described: Json = {
        "operationId": operation.operation_id,
        "summary": operation.summary,
        "tags": [operation.tag],
        "parameters": [*_path_parameters(operation), *_query_parameters(operation), *_header_parameters(operation)],
        "responses": _responses(operation, by_type),
        "security": [{"session": []}] if operation.action is not None else [],
    }
    if operation.body is not None:
        described["requestBody"] = {
            "required": True,
            "content": {"application/json": {"schema": by_type[operation.body]}},
        }
    return described


def _path_parameters(operation: Operation) -> list[Json]:
    schema = {"type": "string", "minLength": 1, "maxLength": 64, "pattern": ID_PATTERN}
    return [{"name": name, "in": "path", "required": True, "schema": schema} for name in operation.path_parameters]


def _query_parameters(operation: Operation) -> list[Json]:
    _, components = msgspec.json.schema_components([operation.query], ref_template=REF)
    schema: Json = components[operation.query.__name__]
    required = schema.get("required", [])
    return [
        {"name": name, "in": "query", "required": name in required, "schema": _without_null(one)}
        for name, one in schema["properties"].items()
    ]


def _header_parameters(operation: Operation) -> list[Json]:
    if not operation.is_command:
        return []
    schema = {"type": "string", "minLength": 1, "maxLength": 64, "pattern": ID_PATTERN}
    about = "Makes the command safe to repeat; one is made up for you when it is missing."
    return [{"name": IDEMPOTENCY_HEADER, "in": "header", "required": False, "schema": schema, "description": about}]


def _without_null(schema: Json) -> Json:
    """A parameter that may be left out, but has no way to be null."""
    choices = [choice for choice in schema.get("anyOf", []) if choice.get("type") != "null"]
    return choices[0] if len(choices) == 1 else {key: value for key, value in schema.items() if key != "default"}


def _responses(operation: Operation, by_type: dict[type[msgspec.Struct], Json]) -> Json:
    good: Json = {"description": operation.summary}
    if operation.reply is not None:
        good["content"] = {"application/json": {"schema": by_type[operation.reply]}}
    if operation.operation_id == "sign_in":
        good["headers"] = {"Set-Cookie": {"schema": {"type": "string"}, "description": "The session."}}
    responses: Json = {str(operation.status): good}
    by_status: dict[int, list[str]] = {}
    for code in operation.all_errors:
        by_status.setdefault(KINDS[code].status, []).append(code)
    for status, codes in sorted(by_status.items()):
        responses[str(status)] = _refusal(status, codes, by_type)
    return responses


def _refusal(status: int, codes: list[str], by_type: dict[type[msgspec.Struct], Json]) -> Json:
    sentences = "\n".join(f"- `{code}`: {KINDS[code].sentence}" for code in sorted(codes))
    refusal: Json = {
        "description": sentences,
        "content": {"application/json": {"schema": by_type[ErrorBody]}},
    }
    if status in RETRY_STATUSES:
        refusal["headers"] = {"Retry-After": {"schema": {"type": "string"}, "description": "Seconds to wait."}}
    return refusal
