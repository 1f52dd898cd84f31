"""The same trace in a house without any delay: what rules and staffing alone make of it.

A reckoning of its own, in the trace's time, that knows nothing of the engine: one line by arrival, with the credit for
priority; whoever is free and has the skill takes the first they can serve at once, the longest idle first; callers
leave when their patience ends, agents when their shift and the last call have ended. Ours differs from it by what the
system's delays cost, the record by what people did.
"""

import heapq
import itertools
import math
from collections.abc import Callable
from functools import partial

from benchmarks.replay.figures import Course
from benchmarks.replay.trace import CallEnd, Outcome, Span, Trace, clipped


class Ideal:
    """Events in order of time; at one time, in the order in which they were foreseen."""

    def __init__(self, trace: Trace, *, wrap_up_s: float, credit_s: float) -> None:
        self._calls = trace.calls
        self._skills = {agent.name: frozenset(agent.skills) for agent in trace.agents}
        self._shifts = [(agent.name, shift) for agent in trace.agents for shift in agent.shifts]
        self._wrap_up_s = wrap_up_s
        self._credit_s = credit_s
        self._numbers = itertools.count()
        self._events: list[tuple[float, int, Callable[[float], None]]] = []
        self._line: dict[int, float] = {}
        self._idle_since_s: dict[str, float] = {}
        self._on_shift: set[str] = set()
        self._busy: set[str] = set()
        self._ends: list[CallEnd] = []
        self._engaged: list[Span] = []

    def run(self, ends_at_s: float) -> Course:
        """Everything until the cut."""
        for number, call in enumerate(self._calls):
            self._foresee(call.arrived_s, partial(self._arrive, number))
        for name, shift in self._shifts:
            self._foresee(shift.start_s, partial(self._sit_down, name))
            self._foresee(shift.end_s, partial(self._leave, name))
        while self._events and self._events[0][0] <= ends_at_s:
            at_s, _, happens = heapq.heappop(self._events)
            happens(at_s)
        for number in self._line:
            arrived_s = self._calls[number].arrived_s
            self._ends.append(CallEnd(arrived_s, Outcome.OPEN, ends_at_s - arrived_s))
        engaged = clipped(self._engaged, -math.inf, ends_at_s)
        return Course(self._ends, [shift for _, shift in self._shifts], engaged)

    def _foresee(self, at_s: float, happens: Callable[[float], None]) -> None:
        heapq.heappush(self._events, (at_s, next(self._numbers), happens))

    def _arrive(self, number: int, at_s: float) -> None:
        call = self._calls[number]
        self._line[number] = at_s - (self._credit_s if call.has_priority else 0.0)
        free = [name for name in self._idle_since_s if call.kind in self._skills[name]]
        if free:
            self._answer(number, min(free, key=self._idle_since_s.__getitem__), at_s)
        else:
            self._foresee(at_s + call.patience_s, partial(self._give_up, number))

    def _sit_down(self, name: str, at_s: float) -> None:
        self._on_shift.add(name)
        self._look_for_work(name, at_s)

    def _leave(self, name: str, _at_s: float) -> None:
        self._on_shift.discard(name)
        self._idle_since_s.pop(name, None)

    def _finish(self, name: str, at_s: float) -> None:
        self._busy.discard(name)
        self._look_for_work(name, at_s)

    def _look_for_work(self, name: str, at_s: float) -> None:
        if name not in self._on_shift or name in self._busy:
            return
        self._idle_since_s[name] = at_s
        known = [number for number in self._line if self._calls[number].kind in self._skills[name]]
        if known:
            self._answer(min(known, key=self._line.__getitem__), name, at_s)

    def _answer(self, number: int, name: str, at_s: float) -> None:
        del self._line[number], self._idle_since_s[name]
        self._busy.add(name)
        call = self._calls[number]
        done_s = at_s + call.service_s + self._wrap_up_s
        self._ends.append(CallEnd(call.arrived_s, Outcome.ANSWERED, at_s - call.arrived_s, done_s - at_s))
        self._engaged.append(Span(at_s, done_s))
        self._foresee(done_s, partial(self._finish, name))

    def _give_up(self, number: int, at_s: float) -> None:
        if self._line.pop(number, None) is not None:
            arrived_s = self._calls[number].arrived_s
            self._ends.append(CallEnd(arrived_s, Outcome.ABANDONED, at_s - arrived_s))
