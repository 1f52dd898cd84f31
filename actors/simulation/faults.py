"""Which faults a world suffers, how often, and how many it has suffered so far."""

from collections import Counter
from collections.abc import Collection
from random import Random

import msgspec
from msgspec.structs import replace


class FaultPlan(msgspec.Struct, frozen=True):
    """One field for each class of faults: probabilities per message or commit, mean intervals in seconds (0: never).

    `kill_at_await` and `kill_at_send`: the n-th time that a process comes to the same place, it dies there with this
    probability divided by n, so that places it rarely comes to get their share.
    """

    lose: float = 0.0
    double: float = 0.0
    delay_ms_mean: float = 2.0
    cut_link: float = 0.0
    commit_refused: float = 0.0
    commit_answer_lost: float = 0.0
    commit_late: float = 0.0
    commit_hangs: float = 0.0
    read_refused: float = 0.0
    kill_every_s: float = 0.0
    kill_at_await: float = 0.0
    kill_at_send: float = 0.0
    pause_every_s: float = 0.0
    usurp_every_s: float = 0.0
    move_every_s: float = 0.0
    clock_skew_ms: int = 0
    clock_jump_every_s: float = 0.0
    publish_fails: float = 0.0
    empty_every_s: float = 0.0
    slow_every_s: float = 0.0
    reconnect_every_s: float = 0.0


CALM = FaultPlan()

KINDS: dict[str, tuple[str, ...]] = {
    "lose": ("message_lost", "answer_lost"),
    "double": ("message_doubled",),
    "delay_ms_mean": ("message_delayed", "message_overtaken"),
    "cut_link": ("link_cut",),
    "commit_refused": ("commit_refused",),
    "commit_answer_lost": ("commit_answer_lost",),
    "commit_late": ("commit_late",),
    "commit_hangs": ("commit_hangs",),
    "read_refused": ("read_refused",),
    "kill_every_s": ("process_killed",),
    "kill_at_await": ("killed_at_await",),
    "kill_at_send": ("killed_at_send",),
    "pause_every_s": ("process_paused", "two_incarnations", "woke_after_successor"),
    "usurp_every_s": ("usurped",),
    "move_every_s": ("partition_moved",),
    "clock_skew_ms": ("clock_skewed",),
    "clock_jump_every_s": ("clock_jumped",),
    "publish_fails": ("frame_lost", "publish_failed"),
    "empty_every_s": ("shared_store_emptied",),
    "slow_every_s": ("client_slow", "client_cut_off"),
    "reconnect_every_s": ("client_reconnected",),
}
"""What each class of faults is counted as when it happens."""


def draw_plan(rng: Random, *, every: bool = False) -> FaultPlan:
    """A plan from the seed: most worlds have some faults, few have all, one in ten has none. `every`: all have all."""
    if rng.random() < 0.1 and not every:
        return CALM

    def maybe(worst: float) -> float:
        return rng.uniform(0.1, 1.0) * worst if rng.random() < 0.6 or every else 0.0

    def now_and_then(*means_s: float) -> float:
        return rng.choice(means_s) if rng.random() < 0.5 or every else 0.0

    return FaultPlan(
        lose=maybe(0.15),
        double=maybe(0.15),
        delay_ms_mean=2.0 + maybe(60.0),
        cut_link=maybe(0.01),
        commit_refused=maybe(0.02),
        commit_answer_lost=maybe(0.02),
        commit_late=maybe(0.02),
        commit_hangs=maybe(0.01),
        read_refused=maybe(0.05),
        kill_every_s=now_and_then(4.0, 8.0),
        kill_at_await=maybe(0.02),
        kill_at_send=maybe(0.02),
        pause_every_s=now_and_then(6.0),
        usurp_every_s=now_and_then(6.0, 12.0),
        move_every_s=now_and_then(5.0),
        clock_skew_ms=round(now_and_then(200)),
        clock_jump_every_s=now_and_then(5.0),
        publish_fails=maybe(0.1),
        empty_every_s=now_and_then(8.0),
        slow_every_s=now_and_then(8.0),
        reconnect_every_s=now_and_then(8.0),
    )


def without(plan: FaultPlan, classes: Collection[str]) -> FaultPlan:
    """The same plan with some classes of faults left out."""
    return replace(plan, **{name: getattr(CALM, name) for name in classes})


def classes_of(plan: FaultPlan) -> list[str]:
    """The classes of faults that a plan has."""
    return [name for name in FaultPlan.__struct_fields__ if getattr(plan, name) != getattr(CALM, name)]


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
