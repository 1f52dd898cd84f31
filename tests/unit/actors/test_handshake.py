"""The handshake between processes of one release and of two that are next to each other, either way round."""

import asyncio
import hmac
from collections.abc import Awaitable, Callable
from hashlib import sha256
from typing import Any

import msgpack
import pytest

from actors.config import Secret
from actors.links.handshake import HandshakeError, Lane, ProtocolError, Speaks, answer, dial

SECRET = Secret("the cluster's")
ADDRESS = "ws://10.0.0.7:4000/link#a1"
FIRST, SECOND, BOTH = Speaks(1, 1), Speaks(2, 2), Speaks(1, 2)


class End:
    """One end of a socket."""

    def __init__(self, heard: "asyncio.Queue[bytes]", said: "asyncio.Queue[bytes]") -> None:
        self._heard = heard
        self._said = said

    async def send_bytes(self, payload: bytes) -> None:
        await self._said.put(payload)

    async def receive_bytes(self, *, timeout: float | None = None) -> bytes:  # noqa: ASYNC109 - as aiohttp has it
        return await asyncio.wait_for(self._heard.get(), timeout)


Act = Callable[[Any], Awaitable[Any]]


async def meet(dialler: Act, listener: Act) -> tuple[Any, Any]:
    """What each end makes of the other: a value, or the error it raised."""
    up: asyncio.Queue[bytes] = asyncio.Queue()
    down: asyncio.Queue[bytes] = asyncio.Queue()
    answers = await asyncio.gather(dialler(End(down, up)), listener(End(up, down)), return_exceptions=True)
    return answers[0], answers[1]


def dials(speaks: Speaks, secret: Secret = SECRET) -> Act:
    return lambda socket: dial(socket, secret, "router-0", Lane.LIVE, speaks)


def answers(speaks: Speaks) -> Act:
    return lambda socket: answer(socket, SECRET, ADDRESS, speaks)


def proof(role: str, hello: dict[str, Any], welcome: dict[str, Any]) -> bytes:
    said = (role, hello["name"], hello["lane"], hello["nonce"], welcome["nonce"], welcome["address"])
    return hmac.new(SECRET.reveal().encode(), msgpack.packb(said), sha256).digest()


async def old_dialler(socket: Any) -> Any:
    """As release 0.1.0 dials: it names one protocol and knows of no other."""
    hello = {"protocol": 1, "name": "router-0", "lane": "live", "nonce": b"n" * 16}
    await socket.send_bytes(msgpack.packb(hello))
    welcome = msgpack.unpackb(await socket.receive_bytes(timeout=5))
    if welcome["proof"] != proof("listener", hello, welcome):
        raise HandshakeError
    await socket.send_bytes(msgpack.packb({"proof": proof("dialler", hello, welcome)}))
    return welcome["address"]


async def old_listener(socket: Any) -> Any:
    """As release 0.1.0 answers: only protocol 1, named as the only one, is spoken."""
    hello = msgpack.unpackb(await socket.receive_bytes(timeout=5))
    if hello["protocol"] != 1:
        raise HandshakeError
    welcome: dict[str, Any] = {"address": ADDRESS, "nonce": b"m" * 16}
    await socket.send_bytes(msgpack.packb(welcome | {"proof": proof("listener", hello, welcome)}))
    if msgpack.unpackb(await socket.receive_bytes(timeout=5))["proof"] != proof("dialler", hello, welcome):
        raise HandshakeError
    return hello["name"]


@pytest.mark.parametrize(
    ("dialler", "listener", "protocol"), [(FIRST, BOTH, 1), (BOTH, FIRST, 1), (BOTH, BOTH, 2), (SECOND, BOTH, 2)]
)
async def test_ends_of_neighbouring_releases_then_the_newest_that_both_speak(
    dialler: Speaks, listener: Speaks, protocol: int
) -> None:
    welcome, hello = await meet(dials(dialler), answers(listener))
    assert (welcome.address, welcome.protocol) == (ADDRESS, protocol)
    assert hello.name == "router-0"


@pytest.mark.parametrize(("dialler", "listener"), [(FIRST, SECOND), (SECOND, FIRST)])
async def test_nothing_in_common_then_both_ends_are_told(dialler: Speaks, listener: Speaks) -> None:
    welcome, hello = await meet(dials(dialler), answers(listener))
    assert isinstance(welcome, ProtocolError)
    assert isinstance(hello, ProtocolError)
    expected = f"{dialler} offered, here {listener} is spoken: upgrade the older end"
    assert str(welcome) == f"the listener refuses: {expected}"
    assert str(hello) == f"router-0: {expected}"


@pytest.mark.parametrize("speaks", [FIRST, BOTH])
async def test_dialler_of_the_release_before_then_let_in(speaks: Speaks) -> None:
    address, hello = await meet(old_dialler, answers(speaks))
    assert (address, hello.name) == (ADDRESS, "router-0")


@pytest.mark.parametrize("speaks", [FIRST, BOTH])
async def test_listener_of_the_release_before_then_the_first_protocol(speaks: Speaks) -> None:
    welcome, name = await meet(dials(speaks), old_listener)
    assert (welcome.address, welcome.protocol, name) == (ADDRESS, 1, "router-0")


async def test_first_protocol_is_no_longer_spoken_then_a_listener_of_before_lets_nobody_in() -> None:
    async def dialler(socket: Any) -> Any:
        return await asyncio.wait_for(dials(SECOND)(socket), 0.5)

    welcome, refused = await meet(dialler, old_listener)
    assert isinstance(refused, HandshakeError)
    assert isinstance(welcome, TimeoutError)


async def test_another_secret_then_refused() -> None:
    welcome, _ = await meet(
        dials(FIRST, Secret("a stranger's")), lambda socket: asyncio.wait_for(answers(FIRST)(socket), 0.5)
    )
    assert isinstance(welcome, HandshakeError)
