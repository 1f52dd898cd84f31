"""Choose free loopback ports."""

import contextlib
import fcntl
import os
import socket
import tempfile
from collections.abc import Iterator
from pathlib import Path

HOST = "127.0.0.1"


def choose_ports(count: int, *, preferred: dict[int, int] | None = None) -> list[int]:
    """Return `count` different free ports; `preferred` names a number for some places, taken where it is
    free.

    All are held open until the last is chosen, so that no number is given out twice.
    """
    wishes = preferred or {}
    with contextlib.ExitStack() as held:
        return [_hold(held, wishes.get(place, 0)) for place in range(count)]


@contextlib.contextmanager
def alone_with_wish(port: int) -> Iterator[bool]:
    """Whether nobody else of this user is about to take this port too: until the block ends, nobody is told so.

    A port that is chosen is free until somebody listens on it, which takes Ray's dashboard some seconds.
    """
    path = Path(tempfile.gettempdir(), f"strowger-{os.getuid()}-port-{port}.lock")
    handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, 0o600)
    try:
        yield _locks(handle)
    finally:
        os.close(handle)


def _locks(handle: int) -> bool:
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def port_is_free(host: str, port: int) -> bool:
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError:
            return False
        return True


def _hold(held: contextlib.ExitStack, wish: int) -> int:
    listener = held.enter_context(socket.socket())
    try:
        listener.bind((HOST, wish))
    except OSError:
        listener.bind((HOST, 0))
    number: int = listener.getsockname()[1]
    return number
