"""The callers of a day: they arrive when the trace says, wait as long as their patience lasts, and hang up."""

import asyncio
from collections.abc import Awaitable, Callable

from benchmarks.calls.doors import Doors
from benchmarks.calls.ledger import Ledger
from benchmarks.calls.steady import SteadyConnection
from benchmarks.replay.clock import TraceClock
from benchmarks.replay.stage import Stage
from benchmarks.replay.trace import TraceCall

COURTESY_S = 45.0
"""Whoever talks to a person of flesh and blood takes at least this long, in seconds of the wall."""
LOOK_EVERY_S = 3.0
"""How often a caller asks whether such a person has answered."""

TalksElsewhere = Callable[[str], Awaitable[bool]]
"""Whether somebody who is no agent of the trace talks to this caller."""


class DayLedger(Ledger):
    """The account of a day: also who gave up, and who still waited when it was cut off."""

    def __init__(self) -> None:
        super().__init__()
        self.gave_up_s: dict[str, float] = {}
        self.open: set[str] = set()
        self._waiting: dict[str, asyncio.Event] = {}

    def scheduled(self, call_id: str, at_s: float) -> None:
        super().scheduled(call_id, at_s)
        self._waiting[call_id] = asyncio.Event()

    def answered(self, call_id: str, code: str, at_s: float) -> None:
        super().answered(call_id, code, at_s)
        if code != "ok":
            self._waiting.pop(call_id, None)

    def connected(self, call_id: str, offer_id: str, at_s: float) -> None:
        super().connected(call_id, offer_id, at_s)
        if call_id in self._waiting:
            self._waiting.pop(call_id).set()

    def gave_up(self, call_id: str, decided_s: float, ended_s: float) -> None:
        """The caller hung up. If an agent's vote was counted just before, a softphone will tell."""
        self.gave_up_s[call_id] = decided_s
        self._waiting.pop(call_id, None)
        self.ended(call_id, ended_s)

    def cut(self) -> None:
        """Whoever waits now is open for good, whatever becomes of them."""
        self.open.update(self._waiting)
        for waiting in self._waiting.values():
            waiting.set()
        self._waiting.clear()

    async def until_answered(self, call_id: str, patience_s: float) -> bool:
        """Wait for an agent or the cut; False if patience ends before."""
        waiting = self._waiting.get(call_id)
        if waiting is not None and not waiting.is_set():
            try:
                async with asyncio.timeout(max(0.0, patience_s)):
                    await waiting.wait()
            except TimeoutError:
                return False
        return True


class Callers:
    """All callers of a day, at one door."""

    def __init__(
        self,
        doors: Doors,
        ledger: DayLedger,
        clock: TraceClock,
        stage: Stage,
        talks_elsewhere: TalksElsewhere | None = None,
    ) -> None:
        self._doors = doors
        self._ledger = ledger
        self._clock = clock
        self._stage = stage
        self._talks_elsewhere = talks_elsewhere
        self._door: SteadyConnection | None = None

    async def open_door(self) -> None:
        self._door = self._doors.open([], lambda _: None)
        await self._door.up()

    def arrive(self, call_id: str, number: int, call: TraceCall) -> None:
        """The call comes now; its time counts from when it should have come."""
        self._ledger.scheduled(call_id, self._clock.wall_s(call.arrived_s))
        self._doors.spawn(self._call(call_id, number, call))

    async def _call(self, call_id: str, number: int, call: TraceCall) -> None:
        clock, ledger = self._clock, self._ledger
        code = await self._say({"type": "enqueue_call", "call_id": call_id, **self._stage.enqueue(number, call)})
        ledger.answered(call_id, code, clock.now_s())
        if code != "ok":
            return
        patience_ends_s = ledger.calls[call_id].scheduled_s + call.patience_s / clock.speed
        answered = await self._wait(call_id, patience_ends_s, call.service_s / clock.speed)
        if call_id in ledger.open:
            await self._hang_up(call_id)
            ledger.ended(call_id, clock.now_s())
        elif not answered:
            decided_s = clock.now_s()
            if await self._hang_up(call_id) == "ok":
                ledger.gave_up(call_id, decided_s, clock.now_s())

    async def hang_up_all(self) -> None:
        """End every call that has not ended yet, whoever talks."""
        if self._door is not None:
            await asyncio.gather(*map(self._hang_up, self._ledger.not_over))

    async def _wait(self, call_id: str, ends_s: float, talk_s: float) -> bool:
        """Until an agent of the trace answers or the day is cut off; False when patience or another talk has ended."""
        if self._talks_elsewhere is None:
            return await self._ledger.until_answered(call_id, ends_s - self._clock.now_s())
        while (left_s := ends_s - self._clock.now_s()) > 0:
            if await self._ledger.until_answered(call_id, min(left_s, LOOK_EVERY_S)):
                return True
            if await self._talks_elsewhere(call_id):
                await asyncio.sleep(max(COURTESY_S, talk_s))
                return False
        return False

    async def _hang_up(self, call_id: str) -> str:
        return await self._say({"type": "hang_up_call", "call_id": call_id})

    async def _say(self, body: dict[str, object]) -> str:
        assert self._door is not None
        return await self._doors.command(self._door, body)
