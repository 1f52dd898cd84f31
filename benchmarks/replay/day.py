"""A day from the first shift to the last goodbye: everything in the trace happens when its time comes.

While nobody waits, talks or works, the clock leaps to whatever comes next, so that nights cost nothing.
"""

import asyncio
import contextlib
import math
from collections.abc import Callable, Iterator
from functools import partial

from benchmarks.calls.doors import Doors
from benchmarks.calls.softphones import Softphones
from benchmarks.replay.callers import Callers, DayLedger, TalksElsewhere
from benchmarks.replay.clock import TraceClock
from benchmarks.replay.figures import Course
from benchmarks.replay.shifts import Shifts
from benchmarks.replay.stage import Stage
from benchmarks.replay.trace import CallEnd, Outcome, Span, Trace, clipped, merged
from web.client import Client

LEAD_S = 2.0
"""How long before a shift its agent connects, in seconds of the wall."""
LATE_S_MAX = 60.0
"""How much longer than in the trace the last calls may take, in seconds of the wall."""
CLEAR_WITHIN_S = 10.0
"""How long the end of a day that was broken off may take, in seconds of the wall."""


class Day:
    """One trace, played once. `ends_at_s`: the cut, in the trace's time; None: when every call has ended."""

    def __init__(
        self,
        client: Client,
        trace: Trace,
        stage: Stage,
        *,
        speed: float,
        wrap_up_s: float = 0.0,
        ends_at_s: float | None = None,
        talks_elsewhere: TalksElsewhere | None = None,
    ) -> None:
        self._trace = trace
        self._stage = stage
        self._ends_at_s = ends_at_s
        self._until_s = ends_at_s if ends_at_s is not None else math.inf
        first_s = min([trace.calls[0].arrived_s, *(shift.start_s for agent in trace.agents for shift in agent.shifts)])
        self.clock = TraceClock(speed, first_s - LEAD_S * speed)
        self.ledger = DayLedger()
        self.doors = Doors(client, stage.run_id)
        self._number_of = {f"{stage.run_id}-k{number}": number for number in range(len(trace.calls))}
        softphones = Softphones(
            self.doors,
            self.ledger,
            self.clock.now_s,
            talk_s=lambda call_id: self._service_s(call_id) / speed,
            wrap_up_s=lambda _: wrap_up_s / speed,
        )
        self._callers = Callers(self.doors, self.ledger, self.clock, stage, talks_elsewhere)
        self._shifts = Shifts(self.doors, softphones, self.clock)

    @property
    def lasts_s(self) -> float:
        """About how long it takes on the wall: as long as somebody works or waits; the clock leaps over the rest."""
        works = [shift for agent in self._trace.agents for shift in agent.shifts]
        waits = [Span(call.arrived_s, call.arrived_s + call.patience_s) for call in self._trace.calls]
        busy = clipped(merged([*works, *waits]), -math.inf, self._until_s)
        return sum(span.length_s for span in busy) / self.clock.speed

    async def play(self) -> None:
        """Everything, until the last agent has gone."""
        await self._callers.open_door()
        self.clock.begin()
        for at_s, happens in sorted(self._timeline(), key=lambda entry: entry[0]):
            self._leap_if_quiet(at_s)
            await self.clock.sleep_until(at_s)
            happens()
        if self._ends_at_s is not None:
            self._leap_if_quiet(self._ends_at_s)
            await self.clock.sleep_until(self._ends_at_s)
            self.ledger.cut()
        self.ledger.complete()
        longest_s = max(max(call.service_s, call.patience_s) for call in self._trace.calls)
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(2 * longest_s / self.clock.speed + LATE_S_MAX):
                await self.ledger.settled.wait()
                await self._shifts.all_gone()

    async def clear(self) -> None:
        """Leave nobody in line, in conversation or signed in, however far it got."""
        self.ledger.cut()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(CLEAR_WITHIN_S):
                await self._callers.hang_up_all()
                await self._shifts.send_home()
        await self.doors.close()

    def course(self) -> Course:
        """How it went, by the client's own account, in the trace's time."""
        ended = [self._end(call_id) for call_id in self.ledger.calls]
        ends = [end for end in ended if end is not None]
        engaged = [
            Span(end.arrived_s + end.wait_s, end.arrived_s + end.wait_s + end.handled_s)
            for end in ends
            if end.handled_s is not None
        ]
        return Course(
            ends,
            clipped(self._shifts.present, -math.inf, self._until_s),
            clipped(engaged, -math.inf, self._until_s),
            unaccounted=len(ended) - len(ends),
        )

    def _end(self, call_id: str) -> CallEnd | None:
        """What became of a call; None: nobody can say."""
        account, speed = self.ledger.calls[call_id], self.clock.speed
        arrived_s = self._trace.calls[self._number_of[call_id]].arrived_s
        if call_id in self.ledger.open and self._ends_at_s is not None:
            return CallEnd(arrived_s, Outcome.OPEN, self._ends_at_s - arrived_s)
        if account.connected_s is not None:
            released_s = account.released_s
            return CallEnd(
                arrived_s,
                Outcome.ANSWERED,
                max(0.0, account.connected_s - account.scheduled_s) * speed,
                (released_s - account.connected_s) * speed if released_s is not None else None,
            )
        gave_up_s = self.ledger.gave_up_s.get(call_id)
        if gave_up_s is None:
            return None
        return CallEnd(arrived_s, Outcome.ABANDONED, max(0.0, gave_up_s - account.scheduled_s) * speed)

    def _timeline(self) -> Iterator[tuple[float, Callable[[], None]]]:
        for call_id, number in self._number_of.items():
            call = self._trace.calls[number]
            yield call.arrived_s, partial(self._callers.arrive, call_id, number, call)
        for agent in self._trace.agents:
            agent_id = self._stage.agent_ids[agent.name]
            for shift in agent.shifts:
                yield shift.start_s - LEAD_S * self.clock.speed, partial(self._shifts.begin, agent_id, shift)

    def _leap_if_quiet(self, at_s: float) -> None:
        if not self.ledger.not_over and self._shifts.nobody_works:
            self.clock.leap_to(at_s)

    def _service_s(self, call_id: str) -> float:
        """Somebody who is no caller of this day talks as long as its first one."""
        return self._trace.calls[self._number_of.get(call_id, 0)].service_s
