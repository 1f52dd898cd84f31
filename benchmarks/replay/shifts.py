"""The agents of a day: a websocket for each shift, there when it begins, gone when it and the last call are over."""

import asyncio

from benchmarks.calls.doors import Doors
from benchmarks.calls.softphones import Softphones
from benchmarks.replay.clock import TraceClock
from benchmarks.replay.trace import Span

LOOK_EVERY_S = 0.05
"""How often somebody whose shift is over looks whether the last call is, too."""


class Shifts:
    """Who works. `present`: the shifts that were worked, in the trace's time."""

    def __init__(self, doors: Doors, softphones: Softphones, clock: TraceClock) -> None:
        self._doors = doors
        self._softphones = softphones
        self._clock = clock
        self._tasks: set[asyncio.Task[None]] = set()
        self._here: set[str] = set()
        self.present: list[Span] = []

    @property
    def nobody_works(self) -> bool:
        return not self._tasks

    def begin(self, agent_id: str, shift: Span) -> None:
        """Sit down; the shift itself begins and ends when the clock says so."""
        task = asyncio.get_running_loop().create_task(self._work(agent_id, shift))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def all_gone(self) -> None:
        """Wait for the end of every shift."""
        await asyncio.gather(*self._tasks)

    async def send_home(self) -> None:
        """End what is left of shifts at once: everybody is offline."""
        agent_ids = sorted(self._here)
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await asyncio.gather(*(self._softphones.choose(agent_id, "offline") for agent_id in agent_ids))

    async def _work(self, agent_id: str, shift: Span) -> None:
        connection = await self._softphones.attach([agent_id])
        self._here.add(agent_id)
        await self._clock.sleep_until(shift.start_s)
        await self._softphones.choose(agent_id, "available")
        begun_s = self._clock.trace_s()
        await self._clock.sleep_until(shift.end_s)
        await self._softphones.choose(agent_id, "offline")
        while self._softphones.is_engaged(agent_id):  # noqa: ASYNC110 - for a few moments at the end of a shift
            await asyncio.sleep(LOOK_EVERY_S)
        self._here.discard(agent_id)
        self.present.append(Span(begun_s, self._clock.trace_s()))
        await self._doors.shut(connection)
