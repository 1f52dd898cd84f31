"""Everything that REST refuses: what cannot be read, what does not exist, what is not allowed now."""

from typing import Any

import aiohttp
import pytest
from structlog.testing import capture_logs

from persistence.errors import StoreUnavailableError
from tests.unit.web.stand import BIRCH, Stand
from web.client import Client, ClientError
from web.sessions import COOKIE


async def refusal(client: Client, method: str, path: str, body: Any = None, **options: Any) -> ClientError:
    with pytest.raises(ClientError) as caught:
        await client.request(method, path, body, **options)
    return caught.value


async def raw(stand: Stand, method: str, path: str, data: bytes, content_type: str = "application/json") -> Any:
    """A request that no honest client would send."""
    cookies = {COOKIE: await stand.cookie("admin")}
    headers = {"Content-Type": content_type}
    async with (
        aiohttp.ClientSession(cookies=cookies, cookie_jar=aiohttp.CookieJar(unsafe=True)) as http,
        http.request(method, f"{stand.url}/api/v1{path}", data=data, headers=headers) as response,
    ):
        return response.status, (await response.json())["error"]


@pytest.mark.parametrize("data", [b"", b"{", b'{"queue_id": "q1"', b"\xff\xfe", b'{"queue_id": "\xff"}', b"NaN"])
async def test_malformed_json_then_400(clinic: Stand, data: bytes) -> None:
    status, error = await raw(clinic, "POST", "/calls", data)
    assert (status, error["code"]) == (400, "malformed")


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "queue_id"),
        ({"queue_id": 7}, "queue_id"),
        ({"queue_id": None}, "queue_id"),
        ({"queue_id": "q 1"}, "queue_id"),
        ({"queue_id": "q" * 65}, "queue_id"),
        ({"queue_id": "q1", "surprise": 1}, "surprise"),
        ({"queue_id": "q1", "priority": 101}, "priority"),
        ({"queue_id": "q1", "priority": "high"}, "priority"),
        ({"queue_id": "q1", "needs": [{"skill": "ro", "proficiency": 11}]}, "needs[0].proficiency"),
        ({"queue_id": "q1", "needs": [["ro", 1]]}, "needs[0]"),
        ({"queue_id": "q1", "caller": {"number": "+43 1 2345678", "age": 40}}, "caller.age"),
        ([], None),
        ("q1", None),
    ],
)
async def test_body_does_not_fit_then_422_names_the_field(clinic: Stand, body: Any, field: str | None) -> None:
    error = await refusal(await clinic.client("admin"), "POST", "/calls", body)
    assert (error.status, error.code, error.field) == (422, "invalid", field)


@pytest.mark.parametrize("number", ["0123456", "+1 2", "nobody", "+999123456789", "+4312345678901234567"])
async def test_number_is_none_then_422_without_the_number(clinic: Stand, number: str) -> None:
    body = {"queue_id": "q1", "caller": {"number": number}}
    error = await refusal(await clinic.client("admin"), "POST", "/calls", body)
    assert (error.status, error.code, error.field) == (422, "invalid_number", "caller.number")
    assert number not in error.message


async def test_value_of_no_choice_then_the_answer_does_not_repeat_it(clinic: Stand) -> None:
    body = {"name": "Q", "strategy": "maria-petrova"}
    error = await refusal(await clinic.client("admin"), "PUT", "/queues/q2", body)
    assert (error.status, error.field) == (422, "strategy")
    assert "maria" not in str(error)


async def test_body_larger_than_64_kib_then_413(clinic: Stand) -> None:
    status, error = await raw(clinic, "POST", "/calls", b'{"queue_id": "' + b"q" * 70_000 + b'"}')
    assert (status, error["code"]) == (413, "too_large")


async def test_deeply_nested_body_then_422(clinic: Stand) -> None:
    status, error = await raw(clinic, "POST", "/calls", b'{"queue_id":' + b"[" * 20_000 + b"]" * 20_000 + b"}")
    assert (status, error["code"]) == (422, "invalid")


async def test_body_is_not_json_by_name_then_415(clinic: Stand) -> None:
    status, error = await raw(clinic, "POST", "/calls", b'{"queue_id": "q1"}', "text/plain")
    assert (status, error["code"]) == (415, "unsupported_media_type")


async def test_unknown_address_then_404_in_the_one_form(stand: Stand) -> None:
    error = await refusal(await stand.client("admin"), "GET", "/nothing-here")
    assert (error.status, error.code) == (404, "not_found")


async def test_unknown_method_then_405_says_what_is_allowed(stand: Stand) -> None:
    async with aiohttp.ClientSession() as http, http.patch(f"{stand.url}/api/v1/queues") as response:
        assert response.status == 405
        assert "GET" in response.headers["Allow"]
        assert (await response.json())["error"]["code"] == "method_not_allowed"


@pytest.mark.parametrize("path", ["/calls/a%20b", "/calls/%00", f"/calls/{'c' * 65}", "/calls/%F0%9F%98%80"])
async def test_id_in_the_path_is_none_then_422(clinic: Stand, path: str) -> None:
    error = await refusal(await clinic.client("admin"), "GET", path)
    assert (error.status, error.field) == (422, "call_id")


@pytest.mark.parametrize(
    "query", [{"limit": "0"}, {"limit": "201"}, {"limit": "many"}, {"after": "a b"}, {"surprise": "1"}]
)
async def test_query_does_not_fit_then_422_names_the_parameter(clinic: Stand, query: dict[str, str]) -> None:
    error = await refusal(await clinic.client("admin"), "GET", "/queues", query=query)
    assert (error.status, error.code, error.field) == (422, "invalid", next(iter(query)))


async def test_parameter_given_twice_then_422(clinic: Stand) -> None:
    error = await refusal(await clinic.client("admin"), "GET", "/queues?limit=1&limit=2")
    assert (error.status, error.field) == (422, "limit")


@pytest.mark.parametrize("key", ["a b", "k" * 65, ""])
async def test_idempotency_key_is_none_then_422(clinic: Stand, key: str) -> None:
    error = await refusal(await clinic.client("admin"), "POST", "/calls", {"queue_id": "q1"}, key=key)
    assert (error.status, error.field) == (422, "Idempotency-Key")


@pytest.mark.parametrize(
    ("method", "path", "body", "code"),
    [
        ("POST", "/calls", {"queue_id": "nowhere"}, "unknown_queue"),
        ("GET", "/calls/nobody", None, "unknown_call"),
        ("PUT", "/calls/nobody/priority", {"priority": 1}, "unknown_call"),
        ("PUT", "/agents/nobody/presence", {"presence": "available"}, "unknown_agent"),
    ],
)
async def test_unknown_id_then_404(clinic: Stand, method: str, path: str, body: Any, code: str) -> None:
    error = await refusal(await clinic.client("admin"), method, path, body)
    assert (error.status, error.code) == (404, code)


async def test_ids_of_another_clinic_then_404_and_nothing_of_theirs_is_listed(clinic: Stand) -> None:
    here, there = await clinic.client("admin"), await clinic.client("admin", BIRCH)
    await here.enqueue("q1", call_id="c1")
    assert (await refusal(there, "GET", "/calls/c1")).code == "unknown_call"
    assert (await refusal(there, "PUT", "/calls/c1/priority", {"priority": 9})).code == "unknown_call"
    assert (await refusal(there, "POST", "/calls", {"queue_id": "q1"})).code == "unknown_queue"
    assert (await refusal(there, "PUT", "/agents/agent1/presence", {"presence": "away"})).code == "unknown_agent"
    assert [await there.calls(), await there.queues(), await there.agents()] == [[], [], []]
    await there.hang_up("c1")
    assert (await here.call("c1"))["state"] == "waiting"


async def test_call_id_taken_then_409(clinic: Stand) -> None:
    admin = await clinic.client("admin")
    await admin.enqueue("q1", call_id="c1", key="first")
    error = await refusal(admin, "POST", "/calls", {"queue_id": "q1", "call_id": "c1"})
    assert (error.status, error.code) == (409, "call_exists")


async def test_same_key_twice_then_one_call_and_the_same_answer(clinic: Stand) -> None:
    admin = await clinic.client("admin")
    first = await admin.enqueue("q1", key="k1")
    assert await admin.enqueue("q1", key="k1") == first
    assert len(await admin.calls()) == 1


async def test_queue_is_full_then_409(clinic: Stand) -> None:
    admin = await clinic.client("admin")
    await admin.put_queue("q1", {"name": "Short", "length_max": 1})
    await admin.enqueue("q1")
    error = await refusal(admin, "POST", "/calls", {"queue_id": "q1"})
    assert (error.status, error.code) == (409, "queue_full")


async def test_call_in_conversation_then_its_priority_cannot_change(clinic: Stand) -> None:
    admin, agent = await clinic.client("admin"), await clinic.client("agent1")
    phone = await clinic.connect(agent)
    await phone.command({"type": "set_presence", "presence": "available"})
    call = await admin.enqueue("q1")
    await phone.command({"type": "accept_offer", "offer_id": f"{call['call_id']}#1"})
    error = await refusal(admin, "PUT", f"/calls/{call['call_id']}/priority", {"priority": 9})
    assert (error.status, error.code) == (409, "illegal_transition")


async def test_another_agents_call_then_it_does_not_exist_for_this_one(clinic: Stand) -> None:
    admin, agent = await clinic.client("admin"), await clinic.client("agent1")
    await admin.enqueue("q1", call_id="c1")
    assert (await refusal(agent, "GET", "/calls/c1")).code == "unknown_call"
    error = await refusal(agent, "POST", "/calls/c1/hang-up")
    assert (error.status, error.code) == (403, "not_your_call")


async def test_agent_chooses_for_another_then_403(clinic: Stand) -> None:
    error = await refusal(await clinic.client("agent1"), "PUT", "/agents/agent2/presence", {"presence": "available"})
    assert (error.status, error.code) == (403, "forbidden")


async def test_cursor_made_up_then_422(stand: Stand) -> None:
    error = await refusal(await stand.client("admin"), "GET", "/call-records", query={"before": "AAAA"})
    assert (error.status, error.field) == (422, "before")


async def test_owners_silent_then_503_says_to_ask_again(clinic: Stand) -> None:
    admin = await clinic.client("admin")
    clinic.house.available = False
    for method, path, body in (("POST", "/calls", {"queue_id": "q1"}), ("GET", "/queues", None)):
        error = await refusal(admin, method, path, body)
        assert (error.status, error.code) == (503, "outcome_unknown")


async def test_database_down_then_503_everywhere_and_never_500(clinic: Stand, monkeypatch: pytest.MonkeyPatch) -> None:
    async def down(*_: object, **__: object) -> None:
        raise StoreUnavailableError

    admin = await clinic.client("admin")
    await admin.session()
    for store, names in (
        (clinic.tenants, ("find_by_slug",)),
        (clinic.accounts, ("list", "create", "find_by_login")),
        (clinic.projections, ("list_calls",)),
        (clinic.vault, ("resolve", "read", "erase")),
        (clinic.sessions, ("find", "revoke")),
    ):
        for name in names:
            monkeypatch.setattr(store, name, down)
    user = {"login": "x", "password": "long enough it is", "role": "supervisor", "display_name": "X"}
    requests: list[tuple[str, str, Any]] = [
        ("GET", "/users", None),
        ("POST", "/users", user),
        ("GET", "/call-records", None),
        ("GET", "/callers?ids=s1", None),
        ("DELETE", "/callers/s1", None),
        ("POST", "/calls", {"queue_id": "q1", "caller": {"number": "+43 1 2345678"}}),
        ("POST", "/session", {"clinic": "ash-clinic", "login": "admin", "password": "x"}),
        ("DELETE", "/session", None),
    ]
    for method, path, body in requests:
        error = await refusal(admin, method, path, body)
        assert (method, path, error.status, error.code) == (method, path, 503, "store_unavailable")
    stranger = clinic.stranger()
    stranger.keep_cookie(COOKIE, "ash.unknown-to-the-cache")
    assert (await refusal(stranger, "GET", "/session")).code == "store_unavailable"


async def test_bug_in_a_handler_then_500_says_nothing_of_it(clinic: Stand, monkeypatch: pytest.MonkeyPatch) -> None:
    async def broken(*_: object, **__: object) -> None:
        raise RuntimeError("+43 1 2345678 Maria")

    admin = await clinic.client("admin")
    monkeypatch.setattr(clinic.accounts, "list", broken)
    with capture_logs() as logged:
        error = await refusal(admin, "GET", "/users")
    assert (error.status, error.code) == (500, "internal")
    (line,) = [line for line in logged if line["event"] == "request failed"]
    assert (line["error"], " broken" in line["at"]) == ("RuntimeError", True)
    assert "Maria" not in f"{error} {logged}"
