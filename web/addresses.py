"""Where a request comes from: its address, believed proxies considered, and the site whose page sent it."""

from collections.abc import Sequence
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network
from urllib.parse import urlsplit

from aiohttp import web

from web.errors import DoorError

Network = IPv4Network | IPv6Network
UNKNOWN_ADDRESS = "unknown"


class Addresses:
    """What this installation calls itself, and whom it believes."""

    def __init__(self, public_url: str, trusted_proxies: Sequence[str]) -> None:
        parts = urlsplit(public_url)
        self.public_origin = f"{parts.scheme}://{parts.netloc}".lower()
        self.secure = parts.scheme == "https"
        self._is_local = _is_loopback(parts.hostname)
        self._trusted: list[Network] = [ip_network(network) for network in trusted_proxies]

    def client_of(self, request: web.Request) -> str:
        """The caller's address. `X-Forwarded-For` counts from the right, as far as trusted proxies wrote it."""
        address = request.remote or UNKNOWN_ADDRESS
        forwarded = [part.strip() for part in ",".join(request.headers.getall("X-Forwarded-For", [])).split(",")]
        while forwarded and self._is_trusted(address):
            candidate = forwarded.pop()
            if not _is_address(candidate):
                break
            address = candidate
        return address

    def check_origin(self, request: web.Request) -> None:
        """Raises `DoorError` if a browser says that the request comes from another site.

        Browsers say so with every websocket and every request that changes something; programs say nothing, and carry
        no cookies that they did not ask for.
        """
        origin = request.headers.get("Origin")
        if origin is None:
            if request.headers.get("Sec-Fetch-Site", "none") not in {"none", "same-origin"}:
                raise DoorError("wrong_origin")
        elif not self._is_ours(origin.lower(), request.headers.get("Host", "").lower()):
            raise DoorError("wrong_origin")

    def _is_ours(self, origin: str, host: str) -> bool:
        """The public address; on one's own machine also its other names, such as localhost."""
        if origin == self.public_origin:
            return True
        parts = urlsplit(origin)
        return self._is_local and _is_loopback(parts.hostname) and parts.netloc == host

    def _is_trusted(self, address: str) -> bool:
        return _is_address(address) and any(ip_address(address) in network for network in self._trusted)


def _is_address(text: str) -> bool:
    try:
        ip_address(text)
    except ValueError:
        return False
    return True


def _is_loopback(host: str | None) -> bool:
    return host == "localhost" or (host is not None and _is_address(host) and ip_address(host).is_loopback)
