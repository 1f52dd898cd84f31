"""A client of the public API, for tests, load and tools. It speaks what browsers speak and knows nothing else."""

import json
from collections.abc import Mapping, Sequence
from types import TracebackType
from typing import Any, Self

import aiohttp
from yarl import URL

from web.client_connection import ANSWER_WITHIN_S, Connection, ConnectionClosedError, Frame

API = "/api/v1"
JSON_SUBPROTOCOL = "strowger.v1.json"
MSGPACK_SUBPROTOCOL = "strowger.v1.msgpack-batch"
WELCOME_WITHIN_S = 10.0
HEARTBEAT_S = 10.0

__all__ = ["Client", "ClientError", "Connection", "ConnectionClosedError", "Frame"]


class ClientError(Exception):
    """The server refused: its HTTP status or close code, its stable code, and its sentence."""

    def __init__(self, status: int, code: str, message: str, field: str | None = None) -> None:
        super().__init__(f"{status} {code}: {message}")
        self.status = status
        self.code = code
        self.message = message
        self.field = field


class Client:
    """One user's way in. Keeps the session's cookie."""

    def __init__(self, url: str, *, ssl: Any = True) -> None:
        """`url`: the gateway's address. `ssl`: how its certificate is checked, as aiohttp takes it."""
        self._url = url.rstrip("/")
        self._http = aiohttp.ClientSession(
            cookie_jar=aiohttp.CookieJar(unsafe=True),  # gateways of a test are numbers, not names
            connector=aiohttp.TCPConnector(ssl=ssl, limit=0),
            timeout=aiohttp.ClientTimeout(total=ANSWER_WITHIN_S),
        )
        self._strangers = aiohttp.ClientSession(
            cookie_jar=aiohttp.DummyCookieJar(), connector=aiohttp.TCPConnector(ssl=ssl, limit=0)
        )

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    async def close(self) -> None:
        await self._http.close()
        await self._strangers.close()

    # -- session -----------------------------------------------------------------------------------

    async def sign_in(self, clinic: str, login: str, password: str) -> Frame:
        """Sign in and keep the session. Raises `ClientError`, as everything here does when it is refused."""
        return await self.request("POST", "/session", {"clinic": clinic, "login": login, "password": password})

    def keep_cookie(self, name: str, value: str) -> None:
        """Use a session that was opened elsewhere."""
        self._http.cookie_jar.update_cookies({name: value}, URL(self._url))

    def adopt(self, other: "Client") -> None:
        """Use another client's session, at this client's gateway."""
        for cookie in other._http.cookie_jar:  # noqa: SLF001 - of the same class
            self.keep_cookie(cookie.key, cookie.value)

    async def session(self) -> Frame:
        return await self.request("GET", "/session")

    async def sign_out(self) -> None:
        await self.request("DELETE", "/session")

    async def readiness(self) -> Frame:
        """What the gateway says of itself and of what it stands on, ready or not."""
        async with self._http.get(f"{self._url}/readyz") as response:
            answer: Frame = await response.json()
            return answer

    # -- what is set -------------------------------------------------------------------------------

    async def put_queue(self, queue_id: str, settings: Frame) -> Frame:
        return await self.request("PUT", f"/queues/{queue_id}", settings)

    async def queues(self) -> list[Frame]:
        return await self._pages("/queues", "queues")

    async def put_agent(self, agent_id: str, settings: Frame) -> Frame:
        return await self.request("PUT", f"/agents/{agent_id}", settings)

    async def agents(self) -> list[Frame]:
        return await self._pages("/agents", "agents")

    async def put_presence(self, agent_id: str, presence: str, reason: str = "") -> Frame:
        return await self.request("PUT", f"/agents/{agent_id}/presence", {"presence": presence, "reason": reason})

    # -- calls -------------------------------------------------------------------------------------

    async def enqueue(self, queue_id: str, *, key: str | None = None, **call: Any) -> Frame:
        """Put a caller in line; `key` makes it safe to repeat."""
        return await self.request("POST", "/calls", {"queue_id": queue_id, **call}, key=key)

    async def calls(self) -> list[Frame]:
        return await self._pages("/calls", "calls")

    async def call(self, call_id: str) -> Frame:
        return await self.request("GET", f"/calls/{call_id}")

    async def hang_up(self, call_id: str, *, key: str | None = None) -> Frame:
        return await self.request("POST", f"/calls/{call_id}/hang-up", key=key)

    async def prioritise(self, call_id: str, priority: int) -> Frame:
        return await self.request("PUT", f"/calls/{call_id}/priority", {"priority": priority})

    async def note(self, call_id: str) -> Frame:
        """What was noted of a call, and its `version`, which is 0 while nothing was."""
        return await self.request("GET", f"/calls/{call_id}/note")

    async def put_note(self, call_id: str, text: str, *, version: int) -> Frame:
        """Note something in place of the note of this version."""
        return await self.request("PUT", f"/calls/{call_id}/note", {"text": text, "version": version})

    async def call_records(self, **query: Any) -> Frame:
        """One page: `call_records`, and `next` for the `before` of the page that follows."""
        return await self.request("GET", "/call-records", query=query)

    # -- users -------------------------------------------------------------------------------------

    async def users(self) -> list[Frame]:
        found: list[Frame] = (await self.request("GET", "/users"))["users"]
        return found

    async def create_user(self, user: Frame) -> Frame:
        return await self.request("POST", "/users", user)

    async def make_ticket(self, agent_ids: Sequence[str] = ()) -> str:
        """A one-time ticket for one websocket that may be these agents' softphone."""
        answer = await self.request("POST", "/tickets", {"agent_ids": list(agent_ids)})
        return str(answer["ticket"])

    # -- transport ---------------------------------------------------------------------------------

    async def request(
        self,
        method: str,
        path: str,
        body: Frame | None = None,
        *,
        query: Mapping[str, Any] | None = None,
        key: str | None = None,
    ) -> Frame:
        """One request; the decoded answer, empty where there is none. Raises `ClientError`."""
        headers = {"Idempotency-Key": key} if key is not None else {}
        url = self._url + API + path
        async with self._http.request(method, url, json=body, params=query, headers=headers) as response:
            text = await response.text()
            if response.status >= 400:
                raise _refusal(response.status, text)
            answer: Frame = json.loads(text) if text else {}
            return answer

    async def _pages(self, path: str, name: str) -> list[Frame]:
        found: list[Frame] = []
        after = ""
        while True:
            page = await self.request("GET", path, query={"after": after})
            found += page[name]
            if page["next"] is None:
                return found
            after = page["next"]

    async def connect(self, *, ticket: str | None = None, msgpack: bool = True) -> "Connection":
        """Open a websocket, with a ticket and then without the session, or as the session's user; await its welcome.

        Raises `ClientError` if the server lets nobody in, `ConnectionClosedError` if it lets us not.
        """
        subprotocol = MSGPACK_SUBPROTOCOL if msgpack else JSON_SUBPROTOCOL
        url = self._url.replace("http", "ws", 1) + API + "/ws"
        try:
            way_in = self._http if ticket is None else self._strangers
            socket = await way_in.ws_connect(
                url, protocols=(subprotocol,), heartbeat=HEARTBEAT_S, max_msg_size=0, compress=0
            )
        except aiohttp.WSServerHandshakeError as error:
            raise ClientError(error.status, "no_websocket", error.message) from None
        connection = Connection(socket, is_binary=msgpack)
        try:
            if ticket is not None:
                await connection.send({"type": "hello", "ticket": ticket})
            await connection.welcomed(WELCOME_WITHIN_S)
        except BaseException:
            await connection.close()
            raise
        return connection


def _refusal(status: int, text: str) -> ClientError:
    try:
        error = json.loads(text)["error"]
        return ClientError(status, error["code"], error["message"], error.get("field"))
    except (ValueError, KeyError, TypeError):
        return ClientError(status, "unreadable", "The answer is not one of Strowger.")
