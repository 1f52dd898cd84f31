"""Several small writes as one packet: the other end wakes up once for all of them."""

import asyncio
import socket
from collections.abc import Iterator
from contextlib import contextmanager

TCP_CORK: int | None = getattr(socket, "TCP_CORK", None)
"""Linux's way to hold back what does not fill a packet yet; elsewhere every write leaves by itself."""


@contextmanager
def corked(transport: asyncio.BaseTransport | None) -> Iterator[None]:
    """Hold back what is written meanwhile, and send it at the end."""
    plug = transport.get_extra_info("socket") if transport is not None else None
    if transport is None or plug is None or TCP_CORK is None or plug.family not in {socket.AF_INET, socket.AF_INET6}:
        yield
        return
    plug.setsockopt(socket.IPPROTO_TCP, TCP_CORK, 1)
    try:
        yield
    finally:
        if not transport.is_closing():
            plug.setsockopt(socket.IPPROTO_TCP, TCP_CORK, 0)
