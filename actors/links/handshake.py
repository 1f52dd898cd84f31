"""Both ends of a link prove that they know the cluster's secret, without sending it.

    dialler  -> hello   {protocol, name, lane, nonce}
    listener -> welcome {address, nonce, proof over both nonces as listener}
    dialler  -> proof   {proof over both nonces as dialler}

Proofs are HMAC-SHA256 over the role, both nonces, both names and the lane, so that neither can be replayed or turned
around. The listener names the address of its incarnation: a dialler that expected another looks it up again.
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
from actors.wire import PROTOCOL_VERSION

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


class Hello(msgspec.Struct, frozen=True):
    protocol: int
    name: str
    lane: Lane
    nonce: bytes


class Welcome(msgspec.Struct, frozen=True):
    address: str
    nonce: bytes
    proof: bytes


class Proof(msgspec.Struct, frozen=True):
    proof: bytes


async def dial(socket: Socket, secret: Secret, name: str, lane: Lane) -> str:
    """Introduce ourselves; the address of the incarnation that answers. Raises `HandshakeError`."""
    hello = Hello(PROTOCOL_VERSION, name, lane, secrets.token_bytes(NONCE_BYTES))
    await socket.send_bytes(msgspec.msgpack.encode(hello))
    welcome = await _receive(socket, Welcome)
    if not hmac.compare_digest(welcome.proof, _proof(secret, "listener", hello, welcome)):
        raise HandshakeError("the listener does not know the cluster's secret")
    await socket.send_bytes(msgspec.msgpack.encode(Proof(_proof(secret, "dialler", hello, welcome))))
    return welcome.address


async def answer(socket: Socket, secret: Secret, address: str) -> Hello:
    """Let a dialler in, or raise `HandshakeError`."""
    hello = await _receive(socket, Hello)
    if hello.protocol != PROTOCOL_VERSION:
        raise HandshakeError(f"protocol {hello.protocol} is not spoken here")
    welcome = Welcome(address, secrets.token_bytes(NONCE_BYTES), b"")
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
