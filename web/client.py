"""A client of the public API, for tests, load and tools. It speaks what browsers speak and knows nothing else.

MessagePack is read and written with the `msgpack` package, not with the library that the server uses, so that the wire
stays plain MessagePack.
"""

import asyncio
import json
import secrets
from collections.abc import AsyncIterator, Mapping, Sequence
from types import TracebackType
from typing import Any, Self

import aiohttp
import msgpack
from yarl import URL

API = "/api/v1"
JSON_SUBPROTOCOL = "strowger.v1.json"
MSGPACK_SUBPROTOCOL = "strowger.v1.msgpack"
ANSWER_WITHIN_S = 15.0
WELCOME_WITHIN_S = 10.0
HEARTBEAT_S = 10.0
FRAMES_WAITING_MAX = 100_000
"""Frames that nobody has read yet; past it the connection is given up."""

Frame = Mapping[str, Any]


class ClientError(Exception):
    """The server refused: its HTTP status or close code, its stable code, and its sentence."""

    def __init__(self, status: int, code: str, message: str, field: str | None = None) -> None:
        super().__init__(f"{status} {code}: {message}")
        self.status = status
        self.code = code
        self.message = message
        self.field = field


class ConnectionClosedError(Exception):
    """The websocket is closed: the server's close code, None if there was none, and its reason."""

    def __init__(self, code: int | None, reason: str = "") -> None:
        super().__init__(f"closed with {code} {reason}".strip())
        self.code = code
        self.reason = reason


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


class Connection:
    """One websocket. Outcomes find the command that waits for them; every other frame is for `frames`."""

    def __init__(self, socket: aiohttp.ClientWebSocketResponse, *, is_binary: bool) -> None:
        self._socket = socket
        self._is_binary = is_binary
        self._frames: asyncio.Queue[Frame | None] = asyncio.Queue(FRAMES_WAITING_MAX)
        self._outcomes: dict[str, asyncio.Future[Frame]] = {}
        self._welcome: asyncio.Future[Frame] = asyncio.get_running_loop().create_future()
        self._closed: ConnectionClosedError | None = None
        self._closed_here = False
        self._reader = asyncio.get_running_loop().create_task(self._read())

    @property
    def welcome(self) -> Frame:
        """The first frame from the server."""
        return self._welcome.result()

    async def welcomed(self, within_s: float) -> Frame:
        async with asyncio.timeout(within_s):
            return await asyncio.shield(self._welcome)

    async def send(self, frame: Frame) -> None:
        """Raises `ConnectionClosedError`."""
        try:
            if self._is_binary:
                await self._socket.send_bytes(msgpack.packb(frame))
            else:
                await self._socket.send_str(json.dumps(frame))
        except ConnectionError:
            raise self._closed or ConnectionClosedError(self._socket.close_code) from None

    async def command(self, frame: Frame) -> Frame:
        """Send a command and wait for its outcome; an id is made where none is given.

        Raises `ConnectionClosedError` if the connection ends first: the outcome is unknown then, and sending the same
        command on another connection is safe.
        """
        command_id = frame.get("command_id") or secrets.token_hex(8)
        outcome: asyncio.Future[Frame] = asyncio.get_running_loop().create_future()
        if self._closed is not None:
            raise self._closed
        self._outcomes[command_id] = outcome
        try:
            await self.send({**frame, "command_id": command_id})
            return await outcome
        finally:
            self._outcomes.pop(command_id, None)

    async def frames(self) -> AsyncIterator[Frame]:
        """Every frame that is no outcome of a command here. Raises `ConnectionClosedError` at the end."""
        while (frame := await self._frames.get()) is not None:
            yield frame
        raise self._closed or ConnectionClosedError(self._socket.close_code)

    async def next_frame(self, *types: str, within_s: float = ANSWER_WITHIN_S) -> Frame:
        """The next frame, or the next of these types; others are passed over."""
        async with asyncio.timeout(within_s):
            async for frame in self.frames():
                if not types or frame["type"] in types:
                    return frame
        raise ConnectionClosedError(self._socket.close_code)

    async def close(self) -> None:
        self._closed_here = True
        await self._socket.close()
        self._reader.cancel()
        await asyncio.gather(self._reader, return_exceptions=True)
        self._end("closed here")

    async def _read(self) -> None:
        reason = ""
        try:
            async for message in self._socket:
                frame = self._decoded(message)
                if frame is None or self._frames.full():
                    break
                if frame["type"] == "closing":
                    reason = frame["reason"]
                self._hand_over(frame)
            await self._socket.close()
        finally:
            self._end(reason)

    def _hand_over(self, frame: Frame) -> None:
        match frame["type"]:
            case "welcome" if not self._welcome.done():
                self._welcome.set_result(frame)
            case "outcome" if frame["command_id"] in self._outcomes:
                outcome = self._outcomes.pop(frame["command_id"])
                if not outcome.done():
                    outcome.set_result(frame)
            case _:
                self._frames.put_nowait(frame)

    def _decoded(self, message: aiohttp.WSMessage) -> Frame | None:
        frame: Frame
        match message.type:
            case aiohttp.WSMsgType.BINARY:
                frame = msgpack.unpackb(message.data, strict_map_key=False)
            case aiohttp.WSMsgType.TEXT:
                frame = json.loads(message.data)
            case _:
                return None
        return frame

    def _end(self, reason: str) -> None:
        """Tell everyone who waits that nothing will come any more."""
        if self._closed is not None:
            return
        code = aiohttp.WSCloseCode.OK if self._closed_here else self._socket.close_code
        self._closed = ConnectionClosedError(code, reason)
        waiting = [*self._outcomes.values(), self._welcome]
        for future in waiting:
            if not future.done():
                future.set_exception(self._closed)
                future.exception()  # nobody needs to have waited for it
        if self._frames.full():
            self._frames.get_nowait()
        self._frames.put_nowait(None)


def _refusal(status: int, text: str) -> ClientError:
    try:
        error = json.loads(text)["error"]
        return ClientError(status, error["code"], error["message"], error.get("field"))
    except (ValueError, KeyError, TypeError):
        return ClientError(status, "unreadable", "The answer is not one of Strowger.")
