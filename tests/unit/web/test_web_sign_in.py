"""Signing in and out: cookies, throttling, sites, and what is the same whatever was wrong."""

from typing import Any

import aiohttp
import msgspec
import pytest
from argon2 import PasswordHasher

from tests.unit.web.stand import ASH, PASSWORD, Stand, standing
from web.client import ClientError
from web.passwords import NOBODYS_HASH, PasswordChecker, TooManyChecksError, needs_new_hash
from web.protocol import Caller, CallerNames, Hello
from web.resources import CallerView, Credentials, NewUser, Ticket, UserView
from web.sessions import COOKIE, ENDED_CHANNEL
from web.throttle import ADDRESS_FAILURES_MAX, LOGIN_FAILURES_MAX
from web.vault import Person

RIGHT = {"clinic": "ash-clinic", "login": "agent1", "password": PASSWORD}


async def post(stand: Stand, body: dict[str, str], **headers: str) -> aiohttp.ClientResponse:
    async with aiohttp.ClientSession() as http:
        response = await http.post(f"{stand.url}/api/v1/session", json=body, headers=headers)
        await response.read()
        return response


async def test_right_password_then_cookie_and_user(stand: Stand) -> None:
    response = await post(stand, {**RIGHT, "login": " Agent1 "})
    assert response.status == 200
    user = (await response.json())["user"]
    assert (user["tenant_id"], user["role"], user["agent_id"]) == ("ash", "agent", "agent1")
    cookie = response.headers["Set-Cookie"]
    name, _, rest = cookie.partition("=")
    assert name == COOKIE
    assert rest.startswith("ash.")
    assert {part.strip().lower() for part in rest.split(";")[1:]} == {
        "httponly",
        "max-age=43200",
        "path=/",
        "samesite=strict",
    }
    secret = rest.split(";")[0].partition(".")[2]
    assert len(secret) >= 43
    assert all(secret.encode() not in key for _, key in stand.sessions.rows)


async def test_public_address_is_https_then_the_cookie_is_secure_and_browsers_remember_that() -> None:
    async with standing(public_url="https://calls.example.org") as stand:
        response = await post(stand, RIGHT)
        assert "secure" in response.headers["Set-Cookie"].lower()
        assert response.headers["Strict-Transport-Security"].startswith("max-age=")


@pytest.mark.parametrize(
    "wrong", [{"clinic": "no-clinic"}, {"login": "nobody"}, {"password": "wrong"}, {"clinic": "birch"}]
)
async def test_something_wrong_then_the_same_answer(stand: Stand, wrong: dict[str, str]) -> None:
    response = await post(stand, RIGHT | wrong)
    assert response.status == 401
    assert (await response.json())["error"]["code"] == "wrong_credentials"
    assert "Set-Cookie" not in response.headers


async def test_account_is_switched_off_then_no_way_in_and_no_session(stand: Stand) -> None:
    client = await stand.client("agent1")
    await stand.accounts.set_active("ash", "user-agent1", active=False)
    assert (await post(stand, RIGHT)).status == 401
    stand.gateway.sessions.ended_elsewhere(next(iter(stand.sessions.rows))[1])
    with pytest.raises(ClientError, match="not_signed_in"):
        await client.session()


async def test_password_hash_of_other_settings_then_it_is_renewed(stand: Stand) -> None:
    found = await stand.accounts.find_by_login("ash", "agent1")
    assert found is not None
    weak = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1).hash(PASSWORD)
    assert needs_new_hash(weak)
    await stand.accounts.set_password_hash("ash", found.user_id, weak)
    assert (await post(stand, RIGHT)).status == 200
    renewed = await stand.accounts.find_by_login("ash", "agent1")
    assert renewed is not None
    assert not needs_new_hash(renewed.password_hash)


def test_nobodys_hash_then_it_costs_what_a_real_one_costs() -> None:
    assert not needs_new_hash(NOBODYS_HASH)


async def test_too_many_passwords_at_once_then_refused_at_once() -> None:
    checker = PasswordChecker(threads=1, waiting_max=0)
    with pytest.raises(TooManyChecksError):
        await checker.verify(None, "x")
    checker.close()


async def fail(stand: Stand, times: int, login: str = "agent1") -> None:
    """Attempts that never succeed, without the time that checking a password takes."""
    for _ in range(times):
        await stand.gateway.throttle.begin("ash-clinic", login, "127.0.0.1")


async def test_wrong_password_then_it_counts(stand: Stand) -> None:
    await fail(stand, LOGIN_FAILURES_MAX - 1)
    assert (await post(stand, RIGHT | {"password": "wrong"})).status == 401
    assert (await post(stand, RIGHT)).status == 429


async def test_too_many_failures_for_a_login_then_429_even_with_the_right_password(stand: Stand) -> None:
    await fail(stand, LOGIN_FAILURES_MAX)
    response = await post(stand, RIGHT)
    assert response.status == 429
    assert 0 < int(response.headers["Retry-After"]) <= 900
    assert (await post(stand, RIGHT | {"login": "agent2"})).status == 200


async def test_success_then_earlier_failures_are_forgotten(stand: Stand) -> None:
    for _ in range(3):
        await fail(stand, LOGIN_FAILURES_MAX - 1)
        assert (await post(stand, RIGHT)).status == 200


async def test_too_many_failures_from_an_address_then_429_for_every_login(stand: Stand) -> None:
    for attempt in range(ADDRESS_FAILURES_MAX):
        await fail(stand, 1, f"guess{attempt}")
    assert (await post(stand, RIGHT)).status == 429


async def test_shared_store_away_then_this_gateway_counts_for_itself(stand: Stand) -> None:
    stand.shared.available = False
    await fail(stand, LOGIN_FAILURES_MAX - 1)
    assert (await post(stand, RIGHT)).status == 200
    await fail(stand, LOGIN_FAILURES_MAX)
    assert (await post(stand, RIGHT)).status == 429


async def test_sign_in_then_nothing_personal_reaches_the_shared_store(stand: Stand) -> None:
    await post(stand, RIGHT)
    assert stand.shared.keys_counted
    assert not any("agent1" in key or "ash" in key or "127.0.0.1" in key for key in stand.shared.keys_counted)


async def test_signed_out_then_the_cookie_is_gone_and_worth_nothing_at_any_gateway(stand: Stand) -> None:
    client, copy = await stand.client("agent1"), stand.stranger()
    cookie = await stand.cookie("agent1")
    client.keep_cookie(COOKIE, cookie)
    copy.keep_cookie(COOKIE, cookie)
    assert (await copy.session())["user"]["user_id"] == "user-agent1"
    await client.sign_out()
    assert [channel for channel, _ in stand.shared.published] == [ENDED_CHANNEL]
    for one in (client, copy):
        with pytest.raises(ClientError, match="not_signed_in"):
            await one.session()


async def test_session_ended_at_another_gateway_then_noticed_here_at_once(stand: Stand) -> None:
    client = await stand.client("agent1")
    await client.session()
    (key,) = stand.sessions.rows
    await stand.sessions.revoke(*key)
    await stand.shared.publish(ENDED_CHANNEL, key[1])
    with pytest.raises(ClientError, match="not_signed_in"):
        await client.session()


@pytest.mark.parametrize("cookie", ["", "ash", "ash.", ".x", "birch.{secret}", "ash.{secret}x", "x" * 5_000 + ".y"])
async def test_cookie_is_not_a_session_then_401(stand: Stand, cookie: str) -> None:
    secret = (await stand.cookie("agent1")).partition(".")[2]
    client = stand.stranger()
    client.keep_cookie(COOKIE, cookie.format(secret=secret))
    with pytest.raises(ClientError, match="not_signed_in"):
        await client.session()


SAME = "http://127.0.0.1:8080"


@pytest.mark.parametrize(
    ("public_url", "headers", "status"),
    [
        (SAME, {"Origin": SAME}, 200),
        (SAME, {"Origin": "{url}"}, 200),
        (SAME, {"Origin": "http://localhost:1"}, 403),
        (SAME, {"Origin": "http://evil.example"}, 403),
        (SAME, {"Origin": "null"}, 403),
        (SAME, {"Sec-Fetch-Site": "cross-site"}, 403),
        (SAME, {"Sec-Fetch-Site": "same-origin"}, 200),
        ("https://calls.example.org", {"Origin": "https://calls.example.org"}, 200),
        ("https://calls.example.org", {"Origin": "{url}"}, 403),
        ("https://calls.example.org", {"Origin": "http://calls.example.org"}, 403),
    ],
)
async def test_origin_then_only_our_own_may_change_anything(
    public_url: str, headers: dict[str, str], status: int
) -> None:
    async with standing(public_url=public_url) as stand:
        filled = {name: value.format(url=stand.url) for name, value in headers.items()}
        response = await post(stand, RIGHT, **filled)
        assert response.status == status


async def test_websocket_from_another_site_then_403_before_the_upgrade(stand: Stand) -> None:
    cookies = {COOKIE: await stand.cookie("agent1")}
    async with aiohttp.ClientSession(cookies=cookies, cookie_jar=aiohttp.CookieJar(unsafe=True)) as http:
        with pytest.raises(aiohttp.WSServerHandshakeError) as caught:
            await http.ws_connect(f"{stand.url}/api/v1/ws", origin="http://evil.example")
    assert caught.value.status == 403


@pytest.mark.parametrize(
    ("trusted", "forwarded", "client"),
    [
        ((), "9.9.9.9", "127.0.0.1"),
        (("127.0.0.0/8",), "9.9.9.9", "9.9.9.9"),
        (("127.0.0.0/8",), "1.1.1.1, 9.9.9.9", "9.9.9.9"),
        (("127.0.0.0/8", "10.0.0.0/8"), "1.1.1.1, 9.9.9.9, 10.1.2.3", "9.9.9.9"),
        (("127.0.0.0/8",), "not-an-address", "127.0.0.1"),
        (("127.0.0.0/8",), "", "127.0.0.1"),
    ],
)
async def test_forwarded_address_then_only_trusted_proxies_are_believed(
    trusted: tuple[str, ...], forwarded: str, client: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[str] = []

    async def begin(_clinic: str, _login: str, address: str) -> None:
        seen.append(address)

    async with standing(trusted_proxies=trusted) as stand:
        monkeypatch.setattr(stand.gateway.throttle, "begin", begin)
        await post(stand, RIGHT, **{"X-Forwarded-For": forwarded})
    assert seen == [client]


async def test_users_then_an_administrator_lets_somebody_in(stand: Stand) -> None:
    admin = await stand.client("admin")
    new: dict[str, Any] = {
        "login": "Nora@Clinic",
        "password": "a long password",
        "role": "agent",
        "display_name": "Nora",
        "agent_id": "nora",
    }
    made = await admin.create_user(new)
    assert (made["login"], made["agent_id"]) == ("nora@clinic", "nora")
    assert "password" not in str(await admin.users())
    newcomer = stand.stranger()
    answer = await newcomer.sign_in(ASH.slug, "nora@clinic", "a long password")
    assert answer["user"]["agent_id"] == "nora"
    with pytest.raises(ClientError, match="login_taken"):
        await admin.create_user(new)
    with pytest.raises(ClientError) as caught:
        await admin.create_user({**new, "login": "other", "agent_id": None})
    assert (caught.value.status, caught.value.field) == (422, "agent_id")


def test_values_with_secrets_then_they_do_not_print() -> None:
    secret = "maria-secret"
    values = [
        Credentials(secret, secret, secret),
        NewUser(secret, secret, "agent", secret),
        UserView("u1", secret, "agent", secret, None, active=True),
        Ticket(secret, 60),
        Hello(secret),
        Caller(secret, secret),
        CallerNames("s1", secret, secret),
        CallerView(secret, secret),
        Person(secret, secret),
    ]
    assert all(secret in str(msgspec.to_builtins(value)) for value in values)
    assert not any(secret in repr(value) for value in values)
