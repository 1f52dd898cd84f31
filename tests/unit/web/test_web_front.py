"""What surrounds the API: health, metrics, headers, the browser app's files."""

from pathlib import Path

import aiohttp
import pytest

from persistence.errors import StoreUnavailableError
from tests.unit.web.stand import Stand, standing
from web.client import ClientError
from web.middleware import content_security_policy


async def get(stand: Stand, path: str) -> tuple[aiohttp.ClientResponse, str]:
    async with aiohttp.ClientSession() as http, http.get(stand.url + path, allow_redirects=False) as response:
        return response, await response.text()


async def test_alive_then_healthz_says_so_whatever_is_missing(stand: Stand) -> None:
    stand.house.ready = stand.shared.available = False
    response, _ = await get(stand, "/healthz")
    assert response.status == 200


@pytest.mark.parametrize("missing", ["database", "redis", "shards", ""])
async def test_something_missing_then_readyz_names_it(
    stand: Stand, missing: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def down(_: str) -> None:
        raise StoreUnavailableError

    if missing == "database":
        monkeypatch.setattr(stand.tenants, "get", down)
    stand.shared.available = missing != "redis"
    stand.house.ready = missing != "shards"
    response, _ = await get(stand, "/readyz")
    parts = await response.json()
    assert response.status == (503 if missing else 200)
    assert {name for name, state in parts.items() if state == "unreachable"} == ({missing} if missing else set())


async def test_gateway_stops_then_it_is_not_ready(stand: Stand) -> None:
    await stand.gateway.sockets.drain()
    response, _ = await get(stand, "/readyz")
    assert response.status == 503


async def test_metrics_then_counts_by_closed_labels_and_nobody_in_them(clinic: Stand) -> None:
    admin = await clinic.client("admin")
    await admin.enqueue("q1", call_id="secret-call")
    with pytest.raises(ClientError):
        await admin.request("GET", "/made-up-address")
    with pytest.raises(ClientError):
        await clinic.stranger().sign_in("ash-clinic", "agent1", "wrong")
    response, page = await get(clinic, "/metrics")
    assert response.content_type == "text/plain"
    assert 'strowger_http_requests_total{operation="enqueue_call",status="202"} 1.0' in page
    assert 'strowger_http_requests_total{operation="other",status="404"} 1.0' in page
    assert 'strowger_commands_total{code="ok",command="enqueue_call"} 1.0' in page
    assert 'strowger_sign_ins_total{result="wrong"} 1.0' in page
    assert not any(word in page for word in ("secret-call", "made-up", "agent1", "ash", "127.0.0.1"))


@pytest.mark.parametrize("path", ["/healthz", "/api/v1/queues", "/api/docs", "/nowhere"])
async def test_every_answer_then_it_has_the_security_headers(stand: Stand, path: str) -> None:
    response, _ = await get(stand, path)
    headers = response.headers
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] == "no-referrer"
    assert headers["X-Frame-Options"] == "DENY"
    assert "frame-ancestors 'none'" in headers["Content-Security-Policy"]
    assert headers["Cache-Control"] == "no-store"
    assert "aiohttp" not in headers["Server"]


def test_policy_then_scripts_come_from_this_house_alone() -> None:
    policy = dict(part.split(" ", 1) for part in content_security_policy("https://calls.example.org").split("; "))
    assert "script-src" not in policy
    assert policy["default-src"] == "'self'"
    assert policy["connect-src"] == "'self' wss://calls.example.org"


async def test_no_browser_app_then_the_front_page_leads_to_the_reference(stand: Stand) -> None:
    response, _ = await get(stand, "/")
    assert (response.status, response.headers["Location"]) == (302, "/api/docs")


async def test_browser_app_then_its_files_and_its_page_for_every_other_address(tmp_path: Path) -> None:
    folder = tmp_path / "dist"
    (folder / "assets").mkdir(parents=True)
    (folder / "index.html").write_text("the page")
    (folder / "assets" / "app-1.js").write_text("the app")
    (tmp_path / "secret.txt").write_text("secret")
    async with standing(ui_dir=str(folder)) as stand:
        for path in ("/", "/live", "/calls/c1", "/index.html"):
            response, text = await get(stand, path)
            assert (path, text, response.headers["Cache-Control"]) == (path, "the page", "no-cache")
        response, text = await get(stand, "/assets/app-1.js")
        assert text == "the app"
        assert "immutable" in response.headers["Cache-Control"]
        for path in ("/assets/gone.js", "/../secret.txt", "/%2e%2e/secret.txt", "/..%2fsecret.txt", "/api/v1/nothing"):
            response, text = await get(stand, path)
            assert (path, response.status) == (path, 404)
            assert "secret" not in text
