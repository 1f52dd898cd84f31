"""Both ends of a link prove that they know the cluster's secret, without sending it.

    dialler  -> hello   {protocol, name, lane, nonce, newest}
    listener -> welcome {address, nonce, proof over both nonces as listener, protocol, refused}
    dialler  -> proof   {proof over both nonces as dialler}

Proofs are HMAC-SHA256 over the role, both nonces, both names and the lane, so that neither can be replayed or turned
around. The listener names the address of its incarnation: a dialler that expected another looks it up again.

While an upgrade rolls, the two ends are of different releases. The dialler names the oldest and the newest protocol it
speaks; the listener chooses the newest that both do, or says in its answer why there is none, so that both logs tell.
Programs of before that named one protocol, their only one, and are answered as if oldest and newest were that.
"""

import hmac
import secrets
from enum import StrEnum
from hashlib import sha256
from typing import TypeVar

import aiohttp
import msgspec
from aiohttp import web

from actors.config import Secret
from actors.wire import PROTOCOL_NEWEST, PROTOCOL_OLDEST

HANDSHAKE_TIMEOUT_S = 5.0
NONCE_BYTES = 16

T = TypeVar("T", bound=msgspec.Struct)
Socket = web.WebSocketResponse | aiohttp.ClientWebSocketResponse


class Lane(StrEnum):
    """Live: commands, votes, rings. Bulk: feeds, pages, digests of state."""

    LIVE = "live"
    BULK = "bulk"


class HandshakeError(Exception):
    """The other end is not who it should be."""


class ProtocolError(HandshakeError):
    """The two ends have no protocol in common."""


class Speaks(msgspec.Struct, frozen=True):
    """The protocols that one end speaks: from the oldest to the newest."""

    oldest: int = PROTOCOL_OLDEST
    newest: int = PROTOCOL_NEWEST

    def common(self, other: "Speaks") -> int | None:
        """The newest that both speak; None if there is none."""
        newest = min(self.newest, other.newest)
        return newest if newest >= max(self.oldest, other.oldest) else None

    def __str__(self) -> str:
        return f"protocol {self.oldest}" if self.oldest == self.newest else f"protocols {self.oldest} to {self.newest}"


OURS = Speaks()


class Hello(msgspec.Struct, frozen=True):
    """`protocol`: the oldest that the dialler speaks, which listeners of before compare. `newest` 0: that one."""

    protocol: int
    name: str
    lane: Lane
    nonce: bytes
    newest: int = 0

    @property
    def speaks(self) -> Speaks:
        return Speaks(self.protocol, max(self.protocol, self.newest))


class Welcome(msgspec.Struct, frozen=True):
    """`protocol`: the one that is spoken from here on; listeners of before name none, and speak the first."""

    address: str
    nonce: bytes
    proof: bytes
    protocol: int = 1
    refused: str = ""


class Proof(msgspec.Struct, frozen=True):
    proof: bytes


async def dial(socket: Socket, secret: Secret, name: str, lane: Lane, speaks: Speaks = OURS) -> Welcome:
    """Introduce ourselves; the listener's answer names its incarnation and the protocol. Raises `HandshakeError`."""
    hello = Hello(speaks.oldest, name, lane, secrets.token_bytes(NONCE_BYTES), speaks.newest)
    await socket.send_bytes(msgspec.msgpack.encode(hello))
    welcome = await _receive(socket, Welcome)
    if welcome.refused:
        raise ProtocolError(f"the listener refuses: {welcome.refused}")
    if not speaks.oldest <= welcome.protocol <= speaks.newest:
        raise ProtocolError(f"the listener chose protocol {welcome.protocol}; here {speaks} is spoken")
    if not hmac.compare_digest(welcome.proof, _proof(secret, "listener", hello, welcome)):
        raise HandshakeError("the listener does not know the cluster's secret")
    await socket.send_bytes(msgspec.msgpack.encode(Proof(_proof(secret, "dialler", hello, welcome))))
    return welcome


async def answer(socket: Socket, secret: Secret, address: str, speaks: Speaks = OURS) -> Hello:
    """Let a dialler in, or tell it why not and raise `HandshakeError`."""
    hello = await _receive(socket, Hello)
    protocol = speaks.common(hello.speaks)
    if protocol is None:
        refused = f"{hello.speaks} offered, here {speaks} is spoken: upgrade the older end"
        await socket.send_bytes(msgspec.msgpack.encode(Welcome("", b"", b"", 0, refused)))
        raise ProtocolError(f"{hello.name}: {refused}")
    welcome = Welcome(address, secrets.token_bytes(NONCE_BYTES), b"", protocol)
    signed = msgspec.structs.replace(welcome, proof=_proof(secret, "listener", hello, welcome))
    await socket.send_bytes(msgspec.msgpack.encode(signed))
    proof = await _receive(socket, Proof)
    if not hmac.compare_digest(proof.proof, _proof(secret, "dialler", hello, welcome)):
        raise HandshakeError("the dialler does not know the cluster's secret")
    return hello


async def _receive(socket: Socket, shape: type[T]) -> T:
    try:
        return msgspec.msgpack.decode(await socket.receive_bytes(timeout=HANDSHAKE_TIMEOUT_S), type=shape)
    except (msgspec.DecodeError, TypeError, TimeoutError) as error:
        raise HandshakeError("the handshake was not completed") from error


def _proof(secret: Secret, role: str, hello: Hello, welcome: Welcome) -> bytes:
    said = (role, hello.name, hello.lane.value, hello.nonce, welcome.nonce, welcome.address)
    return hmac.new(secret.reveal().encode(), msgspec.msgpack.encode(said), sha256).digest()
