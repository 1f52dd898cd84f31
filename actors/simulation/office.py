"""Whoever else is behind a simulated tenant's door: administrators and supervisors, at work and making mistakes."""

import asyncio
from collections.abc import Awaitable, Callable

from msgspec.structs import replace

from actors.simulation.clinic import Clinic
from actors.simulation.door import Door
from actors.simulation.people import People
from engine.commands import (
    AcceptOffer,
    AgentCommand,
    CompleteWrapUp,
    ConfigureAgent,
    ConfigureQueue,
    EnqueueCall,
    HangUpCall,
    HoldCall,
    PrioritiseCall,
    QueueCommand,
    SetPresence,
)
from engine.principals import Principal, Role
from engine.refusals import Refusal
from persistence.journal import Kind

ADMINISTRATOR = Principal(Role.ADMINISTRATOR, "setup")
BOSS = Principal(Role.SUPERVISOR, "boss")
MEAN_S = 0.8
"""How often somebody in the office does something."""
MISTAKE_LIFETIME_S = 5.0
"""Short, so that what is known of a call that ended is not forgotten before it is asked for again."""
REMAINS_S = 1.3
"""Nothing that has ended this long ago is shown as live: an owner may be out of date for a second, and a message takes
its time."""


class Office:
    """Sets a tenant up, and interferes with everything while it is stormy."""

    def __init__(self, clinic: Clinic, door: Door, people: People) -> None:
        self._clinic = clinic
        self._door = door
        self._people = people
        self._rng = door.rng
        self._deeds: tuple[Callable[[], Awaitable[None]], ...] = (
            self._prioritise,
            self._prioritise,
            self._hang_up,
            self._send_away,
            self._reconfigure,
            self._blunder,
            self._read,
            self._read,
        )

    async def set_up(self) -> None:
        """Make queues and agents, however long it takes."""
        for queue in self._clinic.queues:
            await self._door.tell_until_known(ConfigureQueue(queue), ADMINISTRATOR)
        for agent in self._clinic.agents:
            await self._door.tell_until_known(ConfigureAgent(agent), ADMINISTRATOR)

    async def work(self) -> None:
        """One thing after the other, until the storm is over."""
        while True:
            await asyncio.sleep(self._rng.expovariate(1 / MEAN_S))
            if self._door.cooperative:
                return
            await self._rng.choice(self._deeds)()

    async def _prioritise(self) -> None:
        call_id = self._some_call()
        if call_id is not None:
            await self._door.tell(PrioritiseCall(call_id, self._rng.randint(0, 100)), BOSS)

    async def _hang_up(self) -> None:
        call_id = self._some_call()
        if call_id is not None and self._rng.random() < 0.3:
            await self._people.end(call_id, BOSS)

    async def _send_away(self) -> None:
        agent_id = self._some_agent()
        await self._door.tell(SetPresence(agent_id, "away", "meeting"), BOSS)

    async def _reconfigure(self) -> None:
        """Other settings for a queue or an agent, in the middle of everything."""
        body: QueueCommand | AgentCommand
        if self._rng.random() < 0.5:
            body = ConfigureQueue(self._clinic.changed_queue(self._rng))
        else:
            body = ConfigureAgent(self._clinic.changed_agent(self._rng))
        await self._door.tell_until_known(body, ADMINISTRATOR)

    async def _blunder(self) -> None:
        """Ask for what cannot be: the answer must say so."""
        rng, tenant_id, queue = self._rng, self._door.tenant_id, self._clinic.queues[0]
        call_id, agent_id = self._some_call(), self._some_agent()
        if call_id is None:
            return
        mistakes: list[tuple[QueueCommand | AgentCommand, set[Refusal]]] = [
            (EnqueueCall(f"{tenant_id}-lost", "nowhere"), {Refusal.UNKNOWN_QUEUE}),
            (EnqueueCall(call_id, queue.queue_id), {Refusal.CALL_EXISTS, Refusal.CALL_ENDED}),
            (HoldCall(call_id), {Refusal.NOT_YOUR_CALL, Refusal.CALL_ENDED}),
            (PrioritiseCall(f"{tenant_id}-nobody", 1), {Refusal.UNKNOWN_CALL}),
            (SetPresence(f"{tenant_id}-nobody", "available"), {Refusal.UNKNOWN_AGENT}),
            (AcceptOffer(agent_id, "nothing"), {Refusal.UNKNOWN_OFFER}),
            (CompleteWrapUp(agent_id, "nothing", "booked"), {Refusal.ILLEGAL_TRANSITION}),
            (ConfigureQueue(replace(queue, offer_timeout_s=0)), {Refusal.INVALID_SETTINGS}),
        ]
        if rng.random() < 0.1:
            await self._door.tell(HangUpCall(f"{tenant_id}-long-gone"), BOSS, lifetime_s=-1.0)
            return
        body, expected = rng.choice(mistakes)
        outcome = await self._door.tell(body, BOSS, lifetime_s=MISTAKE_LIFETIME_S)
        if outcome is not None and outcome.code not in {*expected, Refusal.EXPIRED}:
            self._door.ledger.says(f"{type(body).__name__}, a mistake, was answered {outcome.code}")

    async def _read(self) -> None:
        """A page of what an owner holds is what was true a second ago, or later."""
        door, ledger = self._door, self._door.ledger
        ledger.lived["read"] += 1
        asked_at_ms = door.now_ms()
        if self._rng.random() < 0.5:
            await door.read(Kind.AGENT, "agents")
            return
        result = await door.read(Kind.QUEUE, "calls")
        if result is None:
            return
        for call in result.calls:
            ended_at_ms = ledger.calls.calls[call.call_id].ended_at_ms
            if ended_at_ms is not None and ended_at_ms + REMAINS_S * 1_000 < asked_at_ms:
                ledger.says(f"{call.call_id} was read long after its end")

    def _some_call(self) -> str | None:
        """A call of this tenant, most likely one that lives."""
        known = self._door.ledger.calls.calls.values()
        mine = [call for call in known if call.tenant_id == self._door.tenant_id]
        live = [call.call_id for call in mine if call.ended_at_ms is None]
        if live and self._rng.random() < 0.9:
            return self._rng.choice(live)
        return self._rng.choice(mine).call_id if mine else None

    def _some_agent(self) -> str:
        return self._rng.choice(self._clinic.agents).agent_id
