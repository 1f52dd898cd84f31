"""Why ours differs from the record, in sentences that are made of measured figures.

Between the two stands the ideal: the same trace, rules and shifts without any delay. What separates ours from it is the
system and the speed; what separates the record from it is what people did.
"""

import statistics
from collections.abc import Iterator, Sequence

import msgspec

from benchmarks.calls.ledger import Ledger
from benchmarks.replay.differences import of_callers, of_staffing, seconds, share
from benchmarks.replay.figures import Course, Figures, figures
from benchmarks.replay.trace import Outcome, Trace


class Latencies(msgspec.Struct, frozen=True):
    """The system's own share, in milliseconds of the wall: until a call rang that could ring, and until it talked."""

    ring_ms: list[float]
    connect_ms: list[float]


def latencies_of(ledger: Ledger) -> Latencies:
    found = Latencies([], [])
    for one in ledger.calls.values():
        if one.rang_s is not None and one.could_ring_s is not None:
            found.ring_ms.append((one.rang_s - one.could_ring_s) * 1_000)
            if one.connected_s is not None:
                found.connect_ms.append((one.connected_s - one.rang_s) * 1_000)
    return found


def explain(
    trace: Trace, speed: float, ours: Course, ideal: Figures, recorded: Course | None, latencies: Latencies
) -> list[str]:
    """One sentence for each thing that is known to move the figures."""
    found = [*_delays(speed, ours, ideal, latencies)]
    if recorded is not None:
        found += of_staffing(trace, figures(recorded), ideal)
        found += of_callers(ours, recorded)
    return found


def _delays(speed: float, course: Course, ideal: Figures, latencies: Latencies) -> Iterator[str]:
    ours = figures(course)
    ring_ms, connect_ms = _mean(latencies.ring_ms), _mean(latencies.connect_ms)
    yield (
        f"Without any delay, the same callers, rules and shifts give an ASA of {seconds(ideal.asa_s)}, "
        f"{share(ideal.service_level_20s)} of the answered within 20 s and {share(ideal.abandonment)} abandonment; "
        f"here it was {seconds(ours.asa_s)}, {share(ours.service_level_20s)} and {share(ours.abandonment)}."
    )
    delay_s = (ring_ms + connect_ms) * speed / 1_000
    yield (
        f"On average a call rings {ring_ms:.1f} ms after it and an agent could both be had, and talks "
        f"{connect_ms:.1f} ms later; at speed {speed:g} that is {delay_s:.1f} s of "
        f"every wait in the trace's time, and at speed 1 it would be {(ring_ms + connect_ms) / 1_000:.2f} s."
    )
    left = [end.wait_s for end in course.ends if end.outcome is Outcome.ABANDONED]
    if left:
        hasty = sum(1 for wait_s in left if wait_s < delay_s)
        yield f"Of {len(left)} callers who hung up here, {hasty} had less patience than those {delay_s:.1f} s."


def _mean(values: Sequence[float]) -> float:
    return statistics.fmean(values) if values else 0.0
