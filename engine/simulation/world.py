"""The event heap: what people do in virtual time, around a house that decides.

At one moment, first what the engine owes because time has passed, then who arrives, then what was foreseen, in the
order in which it was foreseen. Nothing else decides an order, so that a seed always leads to the same course.
"""

from collections.abc import Callable
from heapq import heappop, heappush

from engine import events as e
from engine.commands import AcceptOffer, ConfigureAgent, ConfigureQueue, EnqueueCall, HangUpCall, SetPresence
from engine.principals import Principal, Role
from engine.simulation.draws import Chance, draw_ms
from engine.simulation.fates import Attendance, Ending, Fate
from engine.simulation.house import FOREVER_MS, House
from engine.simulation.plan import Caller, Plan

BACK_AFTER_MS = 60_000
"""How long an agent stays away who was sent away for missed rings."""
CALLER = Principal(Role.CALLER, "caller")

Happening = Callable[[str], None]


class World:
    """One course of one plan. `tell` hears every fate as it is settled; `watch` looks at the house after every step."""

    def __init__(
        self,
        plan: Plan,
        chance: Chance,
        tell: Callable[[Fate], None],
        watch: Callable[[House], None] | None = None,
    ) -> None:
        self.house = House(
            chance,
            {
                e.OfferMade: self._rings,
                e.CallConnected: self._connected,
                e.CallEnded: self._ended,
                e.WrapUpCompleted: self._done,
                e.PresenceChosen: self._chosen,
            },
        )
        self.arrived = 0
        self.attendance: list[Attendance] = []
        self._plan = plan
        self._chance = chance
        self._tell = tell
        self._watch = watch
        self._callers = iter(plan.callers)
        self._heap: list[tuple[int, int, Happening, str]] = []
        self._foreseen = 0
        self._waiting: dict[str, tuple[int, Caller]] = {}
        self._engaged: dict[str, Fate] = {}
        self._ringing: list[tuple[str, str]] = []
        self._here: dict[str, int] = {}
        self._leaving: set[str] = set()

    def run(self, until_ms: int = FOREVER_MS) -> int:
        """Let everything happen until then, or until nothing is left to happen. The virtual time at the end."""
        house = self.house
        for queue in self._plan.queues:
            house.tell_board(ConfigureQueue(queue))
        for agent in self._plan.agents:
            house.tell_roster(ConfigureAgent(agent))
        for shift in self._plan.shifts:
            self._foresee(shift.start_ms, self._sit_down, shift.agent_id)
            self._foresee(shift.end_ms, self._leave, shift.agent_id)
        caller = next(self._callers, None)
        while True:
            arrival_ms = caller.arrived_ms if caller is not None else FOREVER_MS
            foreseen_ms = self._heap[0][0] if self._heap else FOREVER_MS
            owed_ms = house.next_deadline_ms()
            at_ms = min(arrival_ms, foreseen_ms)
            if owed_ms is not None and owed_ms <= at_ms:
                if owed_ms > until_ms:
                    break
                house.now_ms = max(owed_ms, house.now_ms)
                house.elapse()
            elif at_ms > until_ms or at_ms == FOREVER_MS:
                break
            elif caller is not None and arrival_ms <= foreseen_ms:
                house.now_ms = arrival_ms
                self._arrive(caller)
                caller = next(self._callers, None)
            else:
                house.now_ms, _, happens, who = heappop(self._heap)
                happens(who)
            self._answer()
            if self._watch is not None:
                self._watch(house)
        if until_ms < FOREVER_MS:
            house.now_ms = until_ms
        self._close()
        return house.now_ms

    # -- what people do ----------------------------------------------------------------------------

    def _foresee(self, at_ms: int, happens: Happening, who: str) -> None:
        self._foreseen += 1
        heappush(self._heap, (at_ms, self._foreseen, happens, who))

    def _arrive(self, caller: Caller) -> None:
        number, call_id = self.arrived, f"k{self.arrived}"
        self.arrived += 1
        self._waiting[call_id] = (number, caller)
        enqueue = EnqueueCall(call_id, caller.queue_id, priority=caller.priority, needs=caller.needs)
        if not self.house.tell_board(enqueue, CALLER).ok:
            del self._waiting[call_id]
            self._tell(Fate(number, caller.queue_id, caller.arrived_ms, 0, Ending.BLOCKED))
        elif caller.patience_ms is not None:
            self._foresee(caller.arrived_ms + caller.patience_ms, self._give_up, call_id)

    def _give_up(self, call_id: str) -> None:
        if call_id in self._waiting:
            self.house.tell_board(HangUpCall(call_id), CALLER)

    def _hang_up(self, call_id: str) -> None:
        self.house.tell_board(HangUpCall(call_id), CALLER)

    def _sit_down(self, agent_id: str) -> None:
        self._here.setdefault(agent_id, self.house.now_ms)
        self._leaving.discard(agent_id)
        self._choose(agent_id, "available")

    def _leave(self, agent_id: str) -> None:
        self._leaving.add(agent_id)
        self._choose(agent_id, "offline")
        self._go_home(agent_id)

    def _come_back(self, agent_id: str) -> None:
        if agent_id in self._here and agent_id not in self._leaving:
            self._choose(agent_id, "available")

    def _choose(self, agent_id: str, presence: str) -> None:
        self.house.tell_roster(SetPresence(agent_id, presence), Principal(Role.AGENT, agent_id))  # type: ignore[arg-type]

    def _pick_up(self, ring: str) -> None:
        agent_id, _, offer_id = ring.partition(" ")
        self._ringing.append((agent_id, offer_id))

    def _answer(self) -> None:
        """Whoever has let it ring long enough answers; the engine refuses where it rings no more."""
        while self._ringing:
            agent_id, offer_id = self._ringing.pop(0)
            self.house.tell_roster(AcceptOffer(agent_id, offer_id), Principal(Role.AGENT, agent_id))

    def _go_home(self, agent_id: str) -> None:
        if agent_id in self._leaving and not self.house.roster.agents[agent_id].engagements:
            self._leaving.discard(agent_id)
            self.attendance.append(Attendance(agent_id, self._here.pop(agent_id), self.house.now_ms))

    # -- what they hear ----------------------------------------------------------------------------

    def _rings(self, event: e.OfferMade) -> None:
        after_ms = draw_ms(self._plan.answer, self._chance)
        if after_ms:
            self._foresee(self.house.now_ms + after_ms, self._pick_up, f"{event.agent_id} {event.offer_id}")
        else:
            self._ringing.append((event.agent_id, event.offer_id))

    def _connected(self, event: e.CallConnected) -> None:
        call_id, now_ms = event.call_id, self.house.now_ms
        number, caller = self._waiting.pop(call_id)
        agent_id = self.house.board.calls[call_id].agent_id
        wait_ms = now_ms - caller.arrived_ms
        self._engaged[call_id] = Fate(number, caller.queue_id, caller.arrived_ms, wait_ms, Ending.ANSWERED, agent_id)
        self._foresee(now_ms + caller.service_ms, self._hang_up, call_id)

    def _ended(self, event: e.CallEnded) -> None:
        found = self._waiting.pop(event.call_id, None)
        if found is not None:
            number, caller = found
            wait_ms = self.house.now_ms - caller.arrived_ms
            self._tell(Fate(number, caller.queue_id, caller.arrived_ms, wait_ms, Ending.ABANDONED))

    def _done(self, event: e.WrapUpCompleted) -> None:
        fate = self._engaged.pop(event.call_id)
        self._tell(
            Fate(
                fate.number,
                fate.queue_id,
                fate.arrived_ms,
                fate.wait_ms,
                fate.ending,
                fate.agent_id,
                self.house.now_ms,
            )
        )
        self._go_home(event.agent_id)

    def _chosen(self, event: e.PresenceChosen) -> None:
        if event.presence == "available":
            self.house.keep_softphone(event.agent_id)
        elif event.presence == "away":
            self._foresee(self.house.now_ms + BACK_AFTER_MS, self._come_back, event.agent_id)

    def _close(self) -> None:
        """The world ends: who waits is open, who talks has been answered, who works has been there until now."""
        now_ms = self.house.now_ms
        for number, caller in self._waiting.values():
            self._tell(Fate(number, caller.queue_id, caller.arrived_ms, now_ms - caller.arrived_ms, Ending.OPEN))
        for fate in self._engaged.values():
            self._tell(fate)
        self.attendance += [Attendance(agent_id, since_ms, now_ms) for agent_id, since_ms in self._here.items()]
