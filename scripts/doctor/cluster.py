"""What Ray says, and every shard in it."""

import os
import socket
from collections.abc import Iterator

from scripts.compose import NAMESPACE
from scripts.doctor.check import Check, fail, ok
from scripts.embedded.ray_head import EmbeddedRay
from scripts.settings import Settings

CONNECT_WITHIN_S = 3.0


def look_at_cluster(settings: Settings) -> Iterator[Check]:
    """Changes this process's environment to reach an embedded head, so it comes last."""
    address = settings.ray_address
    if address is None:
        head = EmbeddedRay(settings.state_dir)
        if not head.find_running():
            yield ok("Ray", "embedded, not running (`strowger run` starts it)")
            return
        os.environ.update(head.client_environment)
        address = head.address
    check = _head(address)
    yield check
    if check.found.endswith("answers"):
        yield from _shards(address)


def _head(address: str) -> Check:
    """Look before Ray does: it waits for minutes for a head that is not there."""
    host, _, port = address.removeprefix("ray://").rpartition(":")
    if not host or not port.isdigit():
        return fail("Ray", "the address has no host and port", "Set RAY_ADDRESS to host:port of the head.")
    try:
        socket.create_connection((host, int(port)), timeout=CONNECT_WITHIN_S).close()
    except OSError:
        return fail("Ray", f"nothing listens at {address}", "Start the head, or correct RAY_ADDRESS.")
    return ok("Ray", f"{address} answers")


def _shards(address: str) -> Iterator[Check]:
    from actors.cluster import describe_cluster  # noqa: PLC0415 - only where there is a Ray to ask

    for shard in describe_cluster(ray_address=address, namespace=NAMESPACE):
        what = f"Shard {shard['name']}"
        if "error" in shard:
            yield fail(what, f"does not answer ({shard['error']})", "See its log in the Ray dashboard.")
        elif not shard.get("ready"):
            yield fail(what, "is not ready", "It waits for Postgres or for other shards; see its log in the dashboard.")
        else:
            yield ok(what, f"ready, {shard['partitions']} partitions at {shard['address']}")
