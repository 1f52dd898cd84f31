"""The smallest world that still fails in the same way: less of everything, one thing after the other."""

import re
from collections.abc import Callable, Iterator

from msgspec.structs import replace

from actors.simulation.trial import Trial
from actors.simulation.world import TENANTS, WorldReport, live_through

SHORTER_S = (1.0, 2.0, 3.0, 4.0, 6.0, 8.0, 10.0, 12.0, 16.0)
FEWER_CALLERS = (1, 2, 3, 5, 8, 12, 20, 40)

_NAMES = re.compile(rf"\S*\d\S*|{'|'.join(TENANTS)}")


def judgement(sentence: str) -> str:
    """What a violation says, without whom and when: two worlds fail in the same way if they are judged the same."""
    return _NAMES.sub("*", sentence)


def minimise(trial: Trial, live: Callable[[Trial], WorldReport] = live_through) -> Trial:
    """A trial that brings the same first judgement, and no longer would with anything less. The same one each time.

    Raises `ValueError` for a trial that does not fail.
    """
    report = live(trial)
    if not report.violations:
        raise ValueError("this world has no violation, there is nothing to make smaller")
    wanted = judgement(report.violations[0])
    while (smaller := _smaller(trial, report, wanted, live)) is not None:
        trial, report = smaller
    return trial


def _smaller(
    trial: Trial, report: WorldReport, wanted: str, live: Callable[[Trial], WorldReport]
) -> tuple[Trial, WorldReport] | None:
    """The first trial with something less that still fails in the wanted way."""
    for candidate in _candidates(trial, report):
        lived = live(candidate)
        if wanted in map(judgement, lived.violations):
            return candidate, lived
    return None


def _candidates(trial: Trial, report: WorldReport) -> Iterator[Trial]:
    """Everything that is one thing less, what saves most first."""
    for name in report.classes:
        yield replace(trial, without=(*trial.without, name))
    for tenants in range(1, trial.tenants):
        yield replace(trial, tenants=tenants)
    for storm_s in SHORTER_S:
        if storm_s < trial.storm_s:
            yield replace(trial, storm_s=storm_s)
    for agents in range(1, trial.agents):
        yield replace(trial, agents=agents)
    for callers in FEWER_CALLERS:
        if callers < trial.callers:
            yield replace(trial, callers=callers)
