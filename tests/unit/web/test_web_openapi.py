"""The description of the API, and the page made from it."""

import json
from collections.abc import Iterator
from typing import Any

import aiohttp
import jsonschema  # type: ignore[import-untyped]
import pytest

from engine.commands import Outcome
from engine.refusals import Refusal
from engine.settings import AgentSettings, QueueSettings
from tests.unit.web.stand import Stand
from web.errors import ENGINE_STATUS, KINDS, error_of
from web.openapi import describe
from web.resources import AgentSettingsBody, QueueSettingsBody
from web.rest.table import OPERATIONS, PREFIX
from web.views import queue_view

DESCRIPTION = describe("http://127.0.0.1:8080")


def operations() -> Iterator[tuple[str, Any]]:
    for methods in DESCRIPTION["paths"].values():
        for operation in methods.values():
            yield operation["operationId"], operation


def test_description_then_every_operation_of_the_table_is_in_it() -> None:
    described = {(path, method) for path, methods in DESCRIPTION["paths"].items() for method in methods}
    assert described == {(PREFIX + one.path, one.method.lower()) for one in OPERATIONS}
    assert len({one.operation_id for one in OPERATIONS}) == len(OPERATIONS)


def test_description_then_every_status_of_every_code_is_documented() -> None:
    for operation in OPERATIONS:
        documented = DESCRIPTION["paths"][PREFIX + operation.path][operation.method.lower()]["responses"]
        assert {str(KINDS[code].status) for code in operation.all_errors} | {str(operation.status)} == set(documented)


def test_description_then_every_reference_leads_somewhere() -> None:
    text = json.dumps(DESCRIPTION)
    names = {part.partition('"')[0] for part in text.split("#/components/schemas/")[1:]}
    assert names <= set(DESCRIPTION["components"]["schemas"])


def test_description_then_what_needs_a_session_says_so() -> None:
    for name, operation in operations():
        assert (name, operation["security"] == []) == (name, name == "sign_in")


def test_description_then_it_is_json_schema() -> None:
    for schema in DESCRIPTION["components"]["schemas"].values():
        jsonschema.Draft202012Validator.check_schema(schema)


def test_every_refusal_of_the_engine_then_it_has_a_status_and_a_sentence() -> None:
    assert set(ENGINE_STATUS) == set(Refusal)
    assert all(400 <= kind.status < 600 and kind.sentence.endswith(".") for kind in KINDS.values())


def test_refusal_of_a_newer_owner_then_it_is_passed_on() -> None:
    error = error_of(Outcome("c1", "not_heard_of_yet", "Do something else."))
    assert (error.status, error.code, error.message) == (409, "not_heard_of_yet", "Do something else.")


@pytest.mark.parametrize("name", [field for field in QueueSettings.__struct_fields__ if field != "queue_id"])
def test_queue_settings_then_defaults_of_the_door_are_those_of_the_engine(name: str) -> None:
    door, engine = QueueSettingsBody("Q"), queue_view(QueueSettings("q", "Q"))
    assert getattr(door, name) == getattr(engine, name)


def test_agent_settings_then_defaults_of_the_door_are_those_of_the_engine() -> None:
    door, engine = AgentSettingsBody(), AgentSettings("a")
    assert (door.queues, door.skills, door.capacity) == (engine.queues, engine.skills, engine.capacity)


@pytest.mark.parametrize(
    ("field", "inside", "outside"),
    [
        ("offer_timeout_s", 600, 601),
        ("wrap_up_s", 3_600, 3_601),
        ("wrap_up_s", 0, -1),
        ("sla_threshold_s", 86_400, 86_401),
        ("sla_target", 1, 1.1),
        ("short_abandon_s", 600, 601),
        ("length_max", 100_000, 100_001),
        ("rona_away_after", 100, 101),
        ("rest_after_decline_s", 600, 601),
        ("priority", 100, 101),
        ("priority_credit_s", 3_600, 3_601),
    ],
)
async def test_limit_of_a_setting_then_door_and_engine_agree(
    clinic: Stand, field: str, inside: float, outside: float
) -> None:
    admin = await clinic.client("admin")
    assert (await admin.put_queue("q2", {"name": "Q", field: inside}))[field] == inside
    with pytest.raises(Exception, match="422 invalid"):
        await admin.put_queue("q2", {"name": "Q", field: outside})
    faulty = QueueSettings("q2", "Q", **{field: outside})  # type: ignore[arg-type]
    assert faulty.fault() == field


async def test_description_and_page_then_served_without_anything_from_elsewhere(stand: Stand) -> None:
    async with aiohttp.ClientSession() as http:
        async with http.get(f"{stand.url}/api/openapi.json") as response:
            assert (await response.json())["openapi"] == "3.1.0"
        async with http.get(f"{stand.url}/api/docs") as response:
            page = await response.text()
            assert response.content_type == "text/html"
            assert "'unsafe-inline'" not in response.headers["Content-Security-Policy"].split("style-src")[0]
        for asset in ("reference.js", "reference.css"):
            async with http.get(f"{stand.url}/api/docs/{asset}") as response:
                assert response.status == 200
                assert "http" not in await response.text()
    assert "http://" not in page.replace("http://127.0.0.1:8080", "")
    assert "https://" not in page
    for operation in OPERATIONS:
        assert f'id="{operation.operation_id}"' in page
    assert "<script>" not in page
