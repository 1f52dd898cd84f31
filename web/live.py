"""The live pictures of tenants, for every supervisor who watches at this gateway.

Deltas come once per gateway, published by the supervisor's process; the whole picture is asked for when somebody
begins to watch, and again after every gap. Each frame is encoded once per encoding, however many watch.
"""

import asyncio
from collections import deque
from collections.abc import Callable
from typing import Any

import msgspec
import structlog

from actors.questions import UnavailableError
from web.codec import CODECS
from web.house import House
from web.protocol import LiveDelta, LiveSnapshot
from web.shared import Shared

RECENT_DELTAS_MAX = 500
RETRY_S = 1.0

log = structlog.get_logger(part="live")


def channel_of(tenant_id: str) -> str:
    return f"live:{tenant_id}"


class Encoded:
    """A frame, encoded when the first watcher of an encoding needs it."""

    def __init__(self, frame: LiveSnapshot | LiveDelta) -> None:
        self.frame = frame
        self._payloads: dict[str, bytes] = {}

    def payload(self, subprotocol: str) -> bytes:
        found = self._payloads.get(subprotocol)
        if found is None:
            found = self._payloads[subprotocol] = CODECS[subprotocol].encode(self.frame)
        return found


class Watcher:
    """One connection that watches. `position` None: it needs the whole picture first."""

    def __init__(self, subprotocol: str, send: Callable[[bytes], None]) -> None:
        self.subprotocol = subprotocol
        self.send = send
        self.epoch = ""
        self.position: int | None = None

    def show(self, encoded: Encoded) -> None:
        self.epoch, self.position = encoded.frame.epoch, encoded.frame.position
        self.send(encoded.payload(self.subprotocol))

    def follow(self, encoded: Encoded) -> bool:
        """Take a delta; False if something is missing before it."""
        delta = encoded.frame
        if self.position is None or _is_older(delta, self.epoch, self.position):
            return True
        if delta.epoch != self.epoch or delta.position != self.position + 1:
            self.position = None
            return False
        self.show(encoded)
        return True


def _is_older(delta: LiveSnapshot | LiveDelta, epoch: str, position: int) -> bool:
    """Seen already, or from an incarnation that does not know yet that it was replaced."""
    if delta.epoch == epoch:
        return delta.position <= position
    return delta.epoch.isdecimal() and epoch.isdecimal() and int(delta.epoch) < int(epoch)


class LivePictures:
    """Every tenant that somebody watches here."""

    def __init__(self, house: House, shared: Shared) -> None:
        self._house = house
        self._shared = shared
        self._tenants: dict[str, _Tenant] = {}
        shared.on_reset(self._resync)

    async def watch(self, tenant_id: str, watcher: Watcher) -> Callable[[], None]:
        """Show the picture and what changes, until the returned function is called."""
        tenant = self._tenants.get(tenant_id)
        is_new = tenant is None
        if tenant is None:
            tenant = self._tenants[tenant_id] = _Tenant(tenant_id, self._house)
        tenant.add(watcher)

        def stop() -> None:
            tenant.remove(watcher)
            if tenant.is_unwatched and self._tenants.get(tenant_id) is tenant:
                del self._tenants[tenant_id]
                tenant.stop()

        try:
            if is_new:
                tenant.stop_listening = await self._shared.listen(channel_of(tenant_id), tenant.hear)
        except BaseException:
            stop()
            raise
        tenant.ask()
        return stop

    def _resync(self) -> None:
        """Messages may have been lost."""
        for tenant in self._tenants.values():
            tenant.resync()

    async def close(self) -> None:
        for tenant in self._tenants.values():
            tenant.stop()
        self._tenants.clear()


class _Tenant:
    """One tenant's watchers, the newest deltas, and at most one question for the whole picture under way."""

    def __init__(self, tenant_id: str, house: House) -> None:
        self._tenant_id = tenant_id
        self._house = house
        self._watchers: list[Watcher] = []
        self._recent: deque[Encoded] = deque(maxlen=RECENT_DELTAS_MAX)
        self._asking: asyncio.Task[None] | None = None
        self.stop_listening: Callable[[], None] = lambda: None

    @property
    def is_unwatched(self) -> bool:
        return not self._watchers

    def add(self, watcher: Watcher) -> None:
        self._watchers.append(watcher)

    def remove(self, watcher: Watcher) -> None:
        self._watchers = [one for one in self._watchers if one is not watcher]

    def stop(self) -> None:
        self.stop_listening()
        if self._asking is not None:
            self._asking.cancel()

    def resync(self) -> None:
        for watcher in self._watchers:
            watcher.position = None
        self.ask()

    def hear(self, message: bytes) -> None:
        """A delta has been published."""
        content = _content(message)
        if content is None:
            return
        encoded = Encoded(LiveDelta(content["epoch"], content["position"], content))
        self._recent.append(encoded)
        behind = [watcher for watcher in self._watchers if not watcher.follow(encoded)]
        if behind:
            self.ask()

    def ask(self) -> None:
        """Ask for the whole picture on behalf of everyone who needs it."""
        if self._asking is None or self._asking.done():
            self._asking = asyncio.get_running_loop().create_task(self._show_all())

    async def _show_all(self) -> None:
        """Ask for the picture until nobody needs it."""
        while any(watcher.position is None for watcher in self._watchers):
            waiting = [watcher for watcher in self._watchers if watcher.position is None]
            try:
                _, payload = await self._house.read_live(self._tenant_id)
            except UnavailableError:
                await asyncio.sleep(RETRY_S)
                continue
            content = _content(payload)
            if content is None:
                await asyncio.sleep(RETRY_S)
                continue
            snapshot = Encoded(LiveSnapshot(content["epoch"], content["position"], content))
            for watcher in waiting:
                watcher.show(snapshot)
                self._catch_up(watcher)

    def _catch_up(self, watcher: Watcher) -> None:
        """Deltas that came while the picture was on its way."""
        for encoded in self._recent:
            if encoded.frame.epoch == watcher.epoch and not watcher.follow(encoded):
                return


def _content(message: bytes) -> dict[str, Any] | None:
    """The map that was sent, or None for what is none: a newer version of the supervisor, perhaps."""
    try:
        content: dict[str, Any] = msgspec.msgpack.decode(message, type=dict[str, Any])
        msgspec.convert(content, _Head)
    except msgspec.DecodeError:
        log.warning("a live picture cannot be read")
        return None
    return content


class _Head(msgspec.Struct, frozen=True):
    epoch: str
    position: int
