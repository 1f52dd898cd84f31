"""How long people would have waited, from the waits of those who gave up and of those who were answered first.

The product-limit estimate of E. L. Kaplan and P. Meier ("Nonparametric Estimation from Incomplete Observations", JASA
1958): S(t) is the product over all times u up to t of 1 - (gave up at u) / (still waiting just before u). At one time,
those who gave up count before those who were answered. Beyond the longest wait nothing is known; the estimate drops to
zero there, as B. Efron proposed (Berkeley Symposium, 1967), so that every draw is a time.
"""

from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Iterable
from random import Random


class Survival:
    """The estimate: `survival[i]` is the share of people whose patience exceeds `times_s[i]`."""

    def __init__(self, gave_up_s: Iterable[float], answered_s: Iterable[float]) -> None:
        """From the waits of those who gave up, and of those who were answered and so never told their patience."""
        events, censored = Counter(gave_up_s), Counter(answered_s)
        at_risk = events.total() + censored.total()
        self.times_s: list[float] = []
        self.survival: list[float] = []
        share = 1.0
        for time_s in sorted({*events, *censored}):
            if events[time_s]:
                share *= 1 - events[time_s] / at_risk
                self.times_s.append(time_s)
                self.survival.append(share)
            at_risk -= events[time_s] + censored[time_s]
        self.longest_s = max([*events, *censored], default=0.0)

    def share_beyond(self, wait_s: float) -> float:
        """S(t): the share of people whose patience exceeds this wait."""
        index = bisect_right(self.times_s, wait_s)
        return self.survival[index - 1] if index else 1.0

    def draw(self, rng: Random, wait_s: float) -> float:
        """A patience, given that it exceeds this wait."""
        left = rng.random() * self.share_beyond(wait_s)
        index = bisect_left(self.survival, -left, key=lambda share: -share)
        found_s = self.times_s[index] if index < len(self.times_s) else self.longest_s
        return found_s if found_s > wait_s else wait_s + 1.0
