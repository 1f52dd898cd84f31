"""What Prometheus may know: counts and durations, by labels from closed sets, of nobody in particular."""

from functools import cache

import msgspec
from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    disable_created_metrics,
    generate_latest,
)
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4

disable_created_metrics()  # type: ignore[no-untyped-call] # they double the page and tell only when the process started

LATENCY_BUCKETS_S = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)


@cache
def tag_of(shape: type[msgspec.Struct]) -> str:
    """A type's name on the wire, as a label."""
    return str(shape.__struct_config__.tag)


class Counters(dict[tuple[str, ...], Counter]):
    """The counters of one metric by their labels: the library's own look-up costs more than counting does."""

    def __init__(self, metric: Counter) -> None:
        super().__init__()
        self._metric = metric

    def __missing__(self, labels: tuple[str, ...]) -> Counter:
        child = self[labels] = self._metric.labels(*labels)
        return child


class Metrics:
    """One gateway's metrics, in a registry of their own."""

    content_type = CONTENT_TYPE_PLAIN_0_0_4

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self.requests = Counter(
            "strowger_http_requests_total", "Requests answered", ["operation", "status"], registry=self.registry
        )
        self.request_seconds = Histogram(
            "strowger_http_request_seconds",
            "Time from request to answer",
            ["operation"],
            buckets=LATENCY_BUCKETS_S,
            registry=self.registry,
        )
        self.sign_ins = Counter("strowger_sign_ins_total", "Attempts to sign in", ["result"], registry=self.registry)
        self.sockets = Gauge("strowger_websockets", "Open websockets", ["encoding"], registry=self.registry)
        self.sockets_closed = Counter(
            "strowger_websockets_ended_total", "Websockets ended by the server", ["code"], registry=self.registry
        )
        self.frames_in = Counters(
            Counter("strowger_websocket_frames_in_total", "Frames received", ["type"], registry=self.registry)
        )
        self.frames_out = Counter("strowger_websocket_frames_out_total", "Frames sent", registry=self.registry)
        self.commands = Counters(
            Counter("strowger_commands_total", "Commands answered", ["command", "code"], registry=self.registry)
        )
        self.command_seconds = Histogram(
            "strowger_command_seconds",
            "Time from a command to its outcome",
            buckets=LATENCY_BUCKETS_S,
            registry=self.registry,
        )

    def page(self) -> bytes:
        return generate_latest(self.registry)
