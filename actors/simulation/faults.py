"""Which faults a world suffers, how often, and how many it has suffered so far."""

from collections import Counter
from random import Random

import msgspec


class FaultPlan(msgspec.Struct, frozen=True):
    """Probabilities per message or commit, and mean intervals in seconds of the larger events (0: never)."""

    lose: float = 0.0
    double: float = 0.0
    delay_ms_mean: float = 2.0
    cut_link: float = 0.0
    commit_refused: float = 0.0
    commit_answer_lost: float = 0.0
    commit_late: float = 0.0
    commit_hangs: float = 0.0
    kill_every_s: float = 0.0
    pause_every_s: float = 0.0
    clock_skew_ms: int = 0
    publish_fails: float = 0.0


CALM = FaultPlan()


def draw_plan(rng: Random) -> FaultPlan:
    """A plan from the seed: most worlds have some faults, few have all, one in ten has none."""
    if rng.random() < 0.1:
        return CALM

    def maybe(worst: float) -> float:
        return rng.random() * worst if rng.random() < 0.6 else 0.0

    return FaultPlan(
        lose=maybe(0.15),
        double=maybe(0.15),
        delay_ms_mean=2.0 + maybe(60.0),
        cut_link=maybe(0.01),
        commit_refused=maybe(0.02),
        commit_answer_lost=maybe(0.02),
        commit_late=maybe(0.02),
        commit_hangs=maybe(0.01),
        kill_every_s=rng.choice([0.0, 4.0, 8.0]),
        pause_every_s=rng.choice([0.0, 0.0, 6.0]),
        clock_skew_ms=rng.choice([0, 0, 200]),
        publish_fails=maybe(0.1),
    )


class Faults:
    """Draws faults from the seed and counts them by kind. After `heal` nothing goes wrong any more."""

    def __init__(self, plan: FaultPlan, rng: Random) -> None:
        self.plan = plan
        self.rng = rng
        self.count: Counter[str] = Counter()
        self.healed = False

    def strikes(self, kind: str, probability: float) -> bool:
        """Whether this fault happens now."""
        if self.healed or self.rng.random() >= probability:
            return False
        self.count[kind] += 1
        return True

    def delay_s(self) -> float:
        """How long a message takes."""
        mean_ms = 1.0 if self.healed else self.plan.delay_ms_mean
        return self.rng.expovariate(1_000 / mean_ms)

    def heal(self) -> None:
        self.healed = True
