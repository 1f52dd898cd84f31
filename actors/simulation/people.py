"""Callers and agents of a simulated tenant.

People change their minds: agents step away, also while it rings; softphones and callers fall silent; callers give up,
or hang up before they are in line.
"""

import asyncio

import msgspec

from actors.simulation.door import Door
from actors.wire import Envelope, WatchAgents, WatchCalls
from engine.agent import Agent, Engagement, EngagementState
from engine.commands import (
    AcceptOffer,
    CompleteWrapUp,
    DeclineOffer,
    EnqueueCall,
    HangUpCall,
    HoldCall,
    ResumeCall,
    SetPresence,
)
from engine.messages import RenewLeases
from engine.principals import Principal, Role
from engine.skills import SkillNeed
from persistence.journal import Kind

VANISH_S = 14.0
"""How long a softphone that fell silent stays so: longer than its grace."""
QUICK = 0.2
"""Share of the usual span that people take once they cooperate."""
REASONS = ("break", "lunch", "training", "")
"""Why agents step away; without a reason they sign off."""


class Habits(msgspec.Struct, frozen=True):
    """How often people do what, as probabilities."""

    accept: float = 0.7
    decline: float = 0.1
    hold: float = 0.2
    leave: float = 0.08
    vanish: float = 0.05
    leased: float = 0.3
    fall_silent: float = 0.1
    hang_up_first: float = 0.03
    forget_disposition: float = 0.2


class People:
    """Everyone behind one door who calls or takes calls. `vanished`: silent softphones, and since when (true time)."""

    def __init__(self, door: Door, vanished: dict[str, int]) -> None:
        self.habits = Habits()
        self.acknowledged: set[str] = set()
        self.asked_to_end: set[str] = set()
        self.vanished = vanished
        self._door = door
        self._tenant_id = door.tenant_id
        self._rng = door.rng
        self._busy: set[tuple[str, str]] = set()
        door.on_agent = self._look_at_softphone

    def begin(self, agent_ids: list[str]) -> None:
        """Agents come to work."""
        for agent_id in agent_ids:
            self._door.spawn(self._be_agent(agent_id))

    async def be_caller(self, call_id: str, queue_id: str, patience_s: float) -> None:
        """Arrive, wait, and give up after `patience_s` unless it was answered."""
        door, rng, habits, principal = self._door, self._rng, self.habits, Principal(Role.CALLER, call_id)
        if rng.random() < habits.hang_up_first:
            await door.tell(HangUpCall(call_id), principal)
        leased = rng.random() < habits.leased
        priority = rng.choice([None, None, None, 5, 50])
        needs = (SkillNeed("spanish", rng.randint(1, 9)),) if rng.random() < 0.2 else ()
        outcome = await door.tell(EnqueueCall(call_id, queue_id, None, "voice", priority, needs, leased), principal)
        if outcome is not None and not outcome.ok:
            return
        if outcome is not None:
            self.acknowledged.add(call_id)
        if leased:
            door.spawn(self._keep_alive(call_id))
        door.send(Kind.QUEUE, WatchCalls(self._tenant_id, (call_id,)))
        gives_up_ms = door.now_ms() + round(patience_s * 1_000)
        while not door.ledger.was_answered(call_id):
            if door.now_ms() >= gives_up_ms:
                await self.end(call_id, principal)
                return
            await asyncio.sleep(1.0)

    async def end(self, call_id: str, principal: Principal) -> None:
        """Somebody hangs up."""
        self.asked_to_end.add(call_id)
        await self._door.tell_until_known(HangUpCall(call_id), principal)

    async def _keep_alive(self, call_id: str) -> None:
        """The caller's page says that it is there, until it is closed without a word."""
        door = self._door
        while not door.ledger.is_over(call_id):
            if not door.cooperative and self._rng.random() < self.habits.fall_silent:
                self.asked_to_end.add(call_id)
                return
            door.send(Kind.QUEUE, Envelope(self._tenant_id, 0, RenewLeases((call_id,))))
            await asyncio.sleep(3.0)

    async def _be_agent(self, agent_id: str) -> None:
        """Sign in, keep the softphone alive, and now and then step away."""
        door, rng, me = self._door, self._rng, Principal(Role.AGENT, agent_id)
        while True:
            await door.tell(SetPresence(agent_id, "available"), me)
            for _ in range(1 if door.cooperative else rng.randint(2, 6)):
                door.send(Kind.AGENT, WatchAgents(self._tenant_id, (agent_id,)))
                door.send(Kind.AGENT, Envelope(self._tenant_id, 0, RenewLeases((agent_id,))))
                await asyncio.sleep(2.0)
            if not door.cooperative and rng.random() < self.habits.vanish:
                self.vanished[agent_id] = door.now_ms()
                await asyncio.sleep(VANISH_S)
                del self.vanished[agent_id]
            if not door.cooperative and rng.random() < self.habits.leave:
                reason = rng.choice(REASONS)
                await door.tell(SetPresence(agent_id, "away" if reason else "offline", reason), me)
                await asyncio.sleep(rng.uniform(1, 5))

    def _look_at_softphone(self, agent: Agent) -> None:
        """Do the next thing about each engagement, once."""
        if agent.agent_id in self.vanished:
            return
        for held in agent.engagements:
            step = (held.offer_id, held.state.value)
            if step in self._busy:
                continue
            self._busy.add(step)
            match held.state:
                case EngagementState.RINGING:
                    self._door.spawn(self._ring(agent.agent_id, held))
                case EngagementState.LIVE:
                    self._door.spawn(self._talk(agent.agent_id, held))
                case EngagementState.WRAP_UP:
                    self._door.spawn(self._wrap_up(agent.agent_id, held))

    async def _ring(self, agent_id: str, held: Engagement) -> None:
        me = Principal(Role.AGENT, agent_id)
        await self._take_time(0.05, 2.5)
        chance = self._rng.random()
        if self._door.cooperative or chance < self.habits.accept:
            await self._door.tell(AcceptOffer(agent_id, held.offer_id), me)
        elif chance < self.habits.accept + self.habits.decline:
            await self._door.tell(DeclineOffer(agent_id, held.offer_id), me)

    async def _talk(self, agent_id: str, held: Engagement) -> None:
        me = Principal(Role.AGENT, agent_id)
        await self._take_time(0.2, 4.0)
        if self._rng.random() < self.habits.hold:
            await self._door.tell(HoldCall(held.call_id), me)
            await asyncio.sleep(self._rng.uniform(0.1, 1.0))
            await self._door.tell(ResumeCall(held.call_id), me)
        await self.end(held.call_id, me)

    async def _wrap_up(self, agent_id: str, held: Engagement) -> None:
        me = Principal(Role.AGENT, agent_id)
        await self._take_time(0.1, 1.0)
        if self._rng.random() < self.habits.forget_disposition:
            await self._door.tell(CompleteWrapUp(agent_id, held.call_id, None), me)
        await self._door.tell_until_known(CompleteWrapUp(agent_id, held.call_id, "booked"), me)

    async def _take_time(self, least_s: float, most_s: float) -> None:
        """What people need for it; once everybody cooperates they are quick about it."""
        span_s = (most_s - least_s) * (QUICK if self._door.cooperative else 1.0)
        await asyncio.sleep(self._rng.uniform(least_s, least_s + span_s))
