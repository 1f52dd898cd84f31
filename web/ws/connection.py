"""One websocket after it has said who it is: frames in, frames out, and everything that ends with it."""

import asyncio
import contextlib
import time
from collections import deque
from collections.abc import Callable, Sequence

import msgspec
from aiohttp import WSMsgType, web

from actors.questions import UnavailableError
from engine.commands import Command, EnqueueCall
from engine.principals import Role
from web import protocol as p
from web.codec import Codec, EncodedFrame
from web.errors import KINDS, DoorError, from_validation
from web.live import Watcher
from web.metrics import tag_of
from web.roles import Action, User, check
from web.services import Gateway
from web.sessions import SignedIn, now_ms
from web.ws.outbound import BROWSER_LIMITS, PROGRAM_LIMITS, Outbound
from web.ws.translate import translate
from web.ws.watching import Watching

HEARTBEAT_S = 8.0
"""The server's websocket ping; a client that does not answer within half of it is gone."""
GARBAGE_FRAMES_MAX = 10
GARBAGE_WINDOW_S = 60.0
COMMANDS_IN_FLIGHT_MAX = 32
PROGRAM_COMMANDS_IN_FLIGHT_MAX = 5_000
CLOSE_WAIT_S = 1.5
ANSWER_MARGIN_S = 1.0
"""How long beyond its expiry a command's outcome is waited for: its owner keeps it a little longer."""


class Connection:
    """A browser's session, or (`signed_in` None) a program that came with a ticket."""

    def __init__(
        self,
        gateway: Gateway,
        socket: web.WebSocketResponse,
        codec: Codec,
        user: User,
        signed_in: SignedIn | None,
        transport: asyncio.Transport | None,
    ) -> None:
        self.signed_in = signed_in
        self._gateway = gateway
        self._socket = socket
        self._codec = codec
        self._user = user
        self._transport = transport
        is_program = user.role is Role.INTEGRATION
        limits = PROGRAM_LIMITS if is_program else BROWSER_LIMITS
        self._in_flight_max = PROGRAM_COMMANDS_IN_FLIGHT_MAX if is_program else COMMANDS_IN_FLIGHT_MAX
        self._outbound = Outbound(socket, transport, codec, limits, on_stuck=self._too_slow)
        self._watching = Watching(gateway, user, self._send)
        self._stop_live: Callable[[], None] | None = None
        self._commands: set[asyncio.Task[None]] = set()
        self._garbage: deque[float] = deque(maxlen=GARBAGE_FRAMES_MAX)
        self._ending: asyncio.Task[None] | None = None
        self._writer: asyncio.Task[None] | None = None
        self._gone = asyncio.Event()

    # -- life --------------------------------------------------------------------------------------

    async def run(self) -> None:
        """Serve until either side closes."""
        loop = asyncio.get_running_loop()
        self._writer = loop.create_task(self._outbound.write())
        self._send(self._welcome())
        expiry = None
        if self.signed_in is not None:
            left_s = (self.signed_in.expires_at_ms - now_ms()) / 1_000
            expiry = loop.call_later(left_s, self.end, p.CloseCode.NOT_SIGNED_IN, "The session has expired.")
        try:
            async for message in self._socket:
                if message.type not in {WSMsgType.TEXT, WSMsgType.BINARY}:
                    break
                if self._ending is not None:
                    continue
                await self._receive(message.type is WSMsgType.BINARY, message.data)
        finally:
            if expiry is not None:
                expiry.cancel()
            self._let_go()
            try:
                await self._stop_tasks()
            finally:
                self._gone.set()

    async def _stop_tasks(self) -> None:
        """A goodbye that is under way is waited for; everything else stops now."""
        unfinished = [*self._commands, *([self._writer] if self._writer is not None else [])]
        for task in unfinished:
            task.cancel()
        goodbye = [self._ending] if self._ending is not None else []
        await asyncio.gather(*unfinished, *goodbye, return_exceptions=True)

    def end(self, code: int, reason: str, *, retry_after_ms: int = 0) -> None:
        """Say why, and close. Safe to repeat."""
        if self._ending is None:
            self._gateway.metrics.sockets_closed.labels(str(code)).inc()
            closing = p.Closing(code, reason, retry_after_ms)
            self._ending = asyncio.get_running_loop().create_task(self._end(closing))

    async def ended(self) -> None:
        """Wait until the connection is gone."""
        await self._gone.wait()

    async def _end(self, closing: p.Closing) -> None:
        self._let_go()
        if not self._outbound.stuck:
            self._send(closing)
            await self._outbound.written(CLOSE_WAIT_S)
        if self._writer is not None:
            self._writer.cancel()
        with contextlib.suppress(TimeoutError, ConnectionError):
            async with asyncio.timeout(CLOSE_WAIT_S):
                await self._socket.close(code=closing.code, message=closing.reason.encode())
        if self._transport is not None:
            self._transport.abort()

    def _let_go(self) -> None:
        self._watching.close()
        if self._stop_live is not None:
            self._stop_live()
            self._stop_live = None

    def _too_slow(self) -> None:
        self.end(p.CloseCode.TOO_SLOW, "Too much was waiting to be read; connect again.")

    # -- frames ------------------------------------------------------------------------------------

    def _send(self, frame: p.ServerFrame) -> None:
        self._gateway.metrics.frames_out.inc()
        self._outbound.send(frame)

    def _welcome(self) -> p.Welcome:
        user = self._user
        who = p.WelcomeUser(user.tenant_id, user.user_id, user.role.value, user.display_name, user.agent_ids)
        return p.Welcome(p.PROTOCOL_VERSION, who, now_ms(), HEARTBEAT_S)

    async def _receive(self, is_binary: bool, data: bytes | str) -> None:  # noqa: FBT001 - straight from the message
        """Deal with one message, frame by frame."""
        try:
            frames = split_message(self._codec, is_binary, data)
        except DoorError as error:
            self._unreadable(error)
            return
        for frame in frames:
            await self._take(frame)

    async def _take(self, encoded: EncodedFrame) -> None:
        """Deal with one frame. What cannot be read is answered; too much of it ends the connection."""
        try:
            frame = read_frame(self._codec, encoded)
        except DoorError as error:
            self._unreadable(error)
            return
        self._gateway.metrics.frames_in[tag_of(type(frame)),].inc()
        try:
            await self._do(frame)
        except DoorError as error:
            if isinstance(frame, p.CommandFrame):
                self._answer(frame, error.code, error.message)
            else:
                self._refuse(error)

    def _unreadable(self, error: DoorError) -> None:
        self._gateway.metrics.frames_in["unreadable",].inc()
        self._refuse(error)
        self._count_garbage()

    def _refuse(self, error: DoorError) -> None:
        self._send(p.ErrorFrame(error.code, error.message, error.field))

    def _count_garbage(self) -> None:
        now = time.monotonic()
        if len(self._garbage) == GARBAGE_FRAMES_MAX and now - self._garbage[0] < GARBAGE_WINDOW_S:
            self.end(p.CloseCode.GARBAGE, "Too much that cannot be read; look into the protocol.")
        self._garbage.append(now)

    async def _do(self, frame: p.ClientFrame) -> None:
        match frame:
            case p.Hello():
                raise DoorError("already_signed_in")
            case p.AttachAgent(agent_ids=agent_ids):
                self._watching.attach(agent_ids)
            case p.Detach(agent_ids=agent_ids):
                self._watching.detach(agent_ids)
            case p.SubscribeLive():
                await self._subscribe_live()
            case p.UnsubscribeLive():
                if self._stop_live is not None:
                    self._stop_live()
                    self._stop_live = None
            case p.WatchCall(call_id=call_id):
                self._watching.watch_call(call_id)
            case p.Ping(nonce=nonce):
                self._send(p.Pong(nonce, now_ms()))
            case _:
                self._begin(frame)

    async def _subscribe_live(self) -> None:
        check(self._user, Action.WATCH_LIVE)
        if self._stop_live is None:
            watcher = Watcher(self._codec.subprotocol, self._outbound.send_encoded)
            self._stop_live = await self._gateway.live.watch(self._user.tenant_id, watcher)

    # -- commands ----------------------------------------------------------------------------------

    def _begin(self, frame: p.AnyCommandFrame) -> None:
        """Start a command; its outcome follows as a frame, in whatever order outcomes arrive."""
        if len(self._commands) >= self._in_flight_max:
            raise DoorError("overloaded")
        task = asyncio.get_running_loop().create_task(self._execute(frame))
        self._commands.add(task)
        task.add_done_callback(self._commands.discard)

    async def _execute(self, frame: p.AnyCommandFrame) -> None:
        expires_at_ms = now_ms() + frame.expires_in_ms
        try:
            translated = translate(self._user, frame)
            body = translated.body
            if isinstance(body, EnqueueCall) and translated.caller is not None:
                caller = translated.caller
                subject_id = await self._gateway.vault.resolve(self._user.tenant_id, caller.number, caller.name)
                body = msgspec.structs.replace(body, subject_id=subject_id)
            command = Command(self._user.tenant_id, frame.command_id, expires_at_ms, translated.principal, body)
            timeout_s = frame.expires_in_ms / 1_000 + ANSWER_MARGIN_S
            with self._gateway.metrics.command_seconds.time():
                outcome = await self._gateway.house.execute(command, timeout_s=timeout_s)
            if outcome.ok and isinstance(body, EnqueueCall) and body.leased:
                self._watching.watch_call(body.call_id, renew=True)
        except DoorError as error:
            self._answer(frame, error.code, error.message)
        except UnavailableError:
            self._answer(frame, "outcome_unknown", KINDS["outcome_unknown"].sentence)
        else:
            self._count_command(frame, outcome.code)
            self._send(p.OutcomeFrame(frame.command_id, outcome.code, outcome.message, outcome.position, outcome.ewt_s))

    def _answer(self, frame: p.CommandFrame, code: str, message: str) -> None:
        self._count_command(frame, code)
        self._send(p.OutcomeFrame(frame.command_id, code, message))

    def _count_command(self, frame: p.CommandFrame, code: str) -> None:
        self._gateway.metrics.commands[tag_of(type(frame)), code].inc()


def split_message(codec: Codec, is_binary: bool, data: bytes | str) -> Sequence[EncodedFrame]:  # noqa: FBT001
    """The frames of one message, still encoded. Raises `DoorError`: it is not in the agreed encoding."""
    if is_binary is not codec.is_binary:
        raise DoorError("malformed")
    try:
        return codec.split(data.encode() if isinstance(data, str) else data)
    except (msgspec.DecodeError, UnicodeError):
        raise DoorError("malformed") from None


def read_frame(codec: Codec, encoded: EncodedFrame) -> p.ClientFrame:
    """Decode one frame. Raises `DoorError`: it is not in the agreed encoding, or not a frame of the protocol."""
    try:
        return codec.decode(encoded)
    except msgspec.ValidationError as error:
        raise from_validation(error) from None
    except (msgspec.DecodeError, UnicodeError):
        raise DoorError("malformed") from None
