"""What a replay tells: ours beside the record, what the system did meanwhile, and the judge's verdict."""

import msgspec

from benchmarks.calls.kills import KillReport
from benchmarks.calls.run import Percentiles
from benchmarks.replay.figures import Course, Figures, figures, part_of
from benchmarks.replay.trace import Trace

DAY_S = 86_400


class DayReport(msgspec.Struct, frozen=True, kw_only=True):
    """One day; `day` as YYYY-MM-DD."""

    day: str
    ours: Figures
    ideal: Figures
    recorded: Figures | None


class ReplayReport(Figures, frozen=True, kw_only=True):
    """Waits and shares in the trace's time, `ring_latency_ms` and `elapsed_s` on the wall.

    `ring_latency_ms`: from the moment when a call and the agent it rings at could both be had, to the ring frame.
    `disagreements`: calls that ended differently by the client's account and by the journal. `recorded`: the same keys
    where the file tells, empty for a made-up trace. `ideal`: what rules and shifts alone would give.
    """

    lost_calls: int
    double_offers: int
    ring_latency_ms: Percentiles
    recorded: Figures | dict[str, float]
    elapsed_s: float
    ideal: Figures
    disagreements: int
    trace: str
    first: str
    last: str
    speed: float
    seed: int
    agents: int
    by_day: list[DayReport]
    kills: list[KillReport]
    refusals: dict[str, int]
    reconnects: int
    explanations: list[str]

    @property
    def complaints(self) -> list[str]:
        """What must not be, each as a sentence; empty for a good run."""
        settled = self.answered + self.abandoned + self.open
        checks = {
            f"{self.lost_calls} calls were lost.": self.lost_calls > 0,
            f"{self.double_offers} offers were double.": self.double_offers > 0,
            f"{self.offered} calls were offered, and {settled} were answered, abandoned or open.": settled
            != self.offered,
            f"{self.disagreements} calls ended differently in the journal.": self.disagreements > 0,
        }
        return [sentence for sentence, wrong in checks.items() if wrong]


def days_of(trace: Trace, ours: Course, ideal: Course, recorded: Course | None) -> list[DayReport]:
    """Each day on which somebody called."""
    numbers = sorted({int(call.arrived_s // DAY_S) for call in trace.calls})
    found = []
    for number in numbers:
        span = (number * DAY_S, (number + 1) * DAY_S)
        found.append(
            DayReport(
                day=f"{trace.moment(span[0]):%Y-%m-%d}",
                ours=figures(part_of(ours, *span)),
                ideal=figures(part_of(ideal, *span)),
                recorded=figures(part_of(recorded, *span)) if recorded is not None else None,
            )
        )
    return found
