"""What came out of a run."""

from collections.abc import Sequence

import msgspec

from benchmarks.chaos.audit import Verdict


class FaultReport(msgspec.Struct, frozen=True, kw_only=True):
    """One fault. `detail`: to whom or how hard. `at_s`: since the load of its house began. `in_flight`: calls that were
    scheduled and not over when it struck. `dispatching_again_s`: from the fault to the first ring of a call that
    arrived after it; None: never. `longest_pause_s`: the longest time around it in which a call waited, an agent was
    free, and nothing rang. `steps`: for a shard that was killed, when each step of its way back was over.
    """

    kind: str
    detail: str
    at_s: float
    in_flight: int
    lost_calls: int
    double_offers: int
    stale_writes: int
    dispatching_again_s: float | None
    longest_pause_s: float
    steps: dict[str, float] = {}


class HouseReport(msgspec.Struct, frozen=True, kw_only=True):
    """One house after its last fault and the last call. `unserved`: acknowledged calls that the client never saw end.
    `differences`: what `strowger verify` found. The verdict is the worse of two readings.
    """

    needs: str
    seconds: float
    scheduled: int
    acknowledged: int
    completed: int
    unserved: int
    held: int
    reconnects: int
    refusals: dict[str, int]
    entries: int
    differences: int
    lost_calls: int
    double_offers: int
    stale_writes: int


class KindReport(msgspec.Struct, frozen=True, kw_only=True):
    """All faults of a kind: sums, and median and maximum of the durations. `never`: after how many nothing rang."""

    kind: str
    faults: int
    in_flight: int
    lost_calls: int
    double_offers: int
    stale_writes: int
    never: int
    dispatching_again_s_p50: float | None
    dispatching_again_s_max: float | None
    longest_pause_s_p50: float
    longest_pause_s_max: float


class Skipped(msgspec.Struct, frozen=True):
    """Kinds that this machine cannot try, and why, in a sentence."""

    kinds: list[str]
    why: str


class ChaosReport(msgspec.Struct, frozen=True, kw_only=True):
    """A run. The totals count every fault and every house's second reading, whichever found more."""

    seed: int
    rate: float
    agents: int
    open_calls: int
    lost_calls: int
    double_offers: int
    stale_writes: int
    unserved: int
    differences: int
    never: int
    elapsed_s: float
    faults: list[FaultReport]
    kinds: list[KindReport]
    houses: list[HouseReport]
    skipped: list[Skipped]

    @property
    def complaints(self) -> list[str]:
        """Why the run failed, in sentences; none if nothing did."""
        counted = {
            "calls were lost": self.lost_calls,
            "offers were double": self.double_offers,
            "writes were stale": self.stale_writes,
            "acknowledged calls were never served": self.unserved,
            "differences from the journal were found": self.differences,
            "faults stopped the ringing for good": self.never,
        }
        return [f"{count} {what}." for what, count in counted.items() if count]


def kinds_of(faults: Sequence[FaultReport]) -> list[KindReport]:
    """Totals of each kind, in the order in which they came first."""
    by_kind: dict[str, list[FaultReport]] = {}
    for fault in faults:
        by_kind.setdefault(fault.kind, []).append(fault)
    return [_kind(kind, of_kind) for kind, of_kind in by_kind.items()]


def worst(verdict: Verdict, other: Verdict) -> Verdict:
    """Of two readings of the same journal, what either found."""
    return Verdict(
        max(verdict.lost_calls, other.lost_calls),
        max(verdict.double_offers, other.double_offers),
        max(verdict.stale_writes, other.stale_writes),
    )


def _kind(kind: str, faults: Sequence[FaultReport]) -> KindReport:
    again = sorted(one.dispatching_again_s for one in faults if one.dispatching_again_s is not None)
    pauses = sorted(one.longest_pause_s for one in faults)
    return KindReport(
        kind=kind,
        faults=len(faults),
        in_flight=sum(one.in_flight for one in faults),
        lost_calls=sum(one.lost_calls for one in faults),
        double_offers=sum(one.double_offers for one in faults),
        stale_writes=sum(one.stale_writes for one in faults),
        never=len(faults) - len(again),
        dispatching_again_s_p50=again[len(again) // 2] if again else None,
        dispatching_again_s_max=again[-1] if again else None,
        longest_pause_s_p50=pauses[len(pauses) // 2],
        longest_pause_s_max=pauses[-1],
    )
