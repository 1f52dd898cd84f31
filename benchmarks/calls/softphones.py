"""Agents who answer every ring at once, so that what is measured is the system and not the person; then they talk and
wrap up for as long as they are told.
"""

import asyncio
from collections.abc import Callable, Sequence
from typing import Any

from benchmarks.calls.doors import Doors
from benchmarks.calls.ledger import Ledger
from benchmarks.calls.steady import UNDECIDED, Frame, SteadyConnection

DISPOSITION = "booked"
UNANSWERED = UNDECIDED | {"expired"}
"""The outcome of a command whose time ran out on the way, while the door or the journal was away."""


class Softphones:
    """The softphones of a run. They note in the ledger what they see; `now_s` is the client's clock.

    `talk_s` and `wrap_up_s` tell how long a call takes, in seconds of that clock.
    """

    def __init__(
        self,
        doors: Doors,
        ledger: Ledger,
        now_s: Callable[[], float],
        *,
        talk_s: Callable[[str], float],
        wrap_up_s: Callable[[str], float],
    ) -> None:
        self._doors = doors
        self._ledger = ledger
        self._now_s = now_s
        self._talk_s = talk_s
        self._wrap_up_s = wrap_up_s
        self._begun: set[tuple[str, str]] = set()
        self._talking: dict[str, set[str]] = {}
        self._engaged: dict[str, set[str]] = {}
        self._free_since_s: dict[str, float] = {}
        self._chosen: dict[str, str] = {}
        self._coming_back: set[str] = set()
        self._connections: dict[str, SteadyConnection] = {}

    async def attach(self, agent_ids: Sequence[str]) -> SteadyConnection:
        """Be the softphone of these agents, over one websocket."""
        connection = self._doors.open(agent_ids, self._see)
        self._connections.update(dict.fromkeys(agent_ids, connection))
        await connection.up()
        return connection

    async def choose(self, agent_id: str, presence: str) -> None:
        """Become available, or go."""
        self._free_since_s[agent_id] = self._now_s()
        self._chosen[agent_id] = presence
        await self._do(agent_id, {"type": "set_presence", "presence": presence})

    def is_engaged(self, agent_id: str) -> bool:
        """Whether a call rings at this agent, is talked to or wrapped up."""
        return bool(self._engaged.get(agent_id))

    def _see(self, frame: Frame) -> None:
        """An agent as of now: note what is new, and do the next thing about each engagement, once."""
        if frame["type"] != "agent":
            return
        now_s, agent_id = self._now_s(), frame["agent_id"]
        engaged = {held["call_id"] for held in frame["engagements"]}
        talking = {held["call_id"] for held in frame["engagements"] if held["state"] == "live"}
        for held in frame["engagements"]:
            self._engage(agent_id, held, now_s)
        for call_id in self._talking.get(agent_id, set()) - talking:
            self._ledger.ended(call_id, now_s)
        for call_id in self._engaged.get(agent_id, set()) - engaged:
            self._ledger.released(call_id, now_s)
        self._talking[agent_id], self._engaged[agent_id] = talking, engaged
        if frame["presence"] == "away" and self._chosen.get(agent_id) == "available":
            self._come_back(agent_id)

    def _come_back(self, agent_id: str) -> None:
        """The house took the agent for gone, because their softphone was away for too long or missed rings."""
        if agent_id not in self._coming_back:
            self._coming_back.add(agent_id)
            self._doors.spawn(self._available_again(agent_id))

    async def _available_again(self, agent_id: str) -> None:
        try:
            await self.choose(agent_id, "available")
        finally:
            self._coming_back.discard(agent_id)

    def _engage(self, agent_id: str, held: Frame, now_s: float) -> None:
        call_id, offer_id, state = held["call_id"], held["offer_id"], held["state"]
        match state:
            case "ringing":
                self._ledger.rang(call_id, now_s, self._free_since_s.get(agent_id, 0.0))
            case "live":
                self._ledger.connected(call_id, offer_id, now_s)
            case "wrap_up":  # frames show an agent as of now: the conversation may be over in the first that we see
                self._ledger.connected(call_id, offer_id, now_s)
                self._ledger.ended(call_id, now_s)
        if (offer_id, state) not in self._begun:
            self._begun.add((offer_id, state))
            match state:
                case "ringing":
                    self._doors.spawn(self._accept(agent_id, offer_id))
                case "live":
                    self._doors.spawn(self._talk(agent_id, call_id))
                case "wrap_up":
                    self._doors.spawn(self._wrap_up(agent_id, call_id))

    async def _accept(self, agent_id: str, offer_id: str) -> None:
        await self._do(agent_id, {"type": "accept_offer", "offer_id": offer_id})

    async def _talk(self, agent_id: str, call_id: str) -> None:
        await asyncio.sleep(self._talk_s(call_id))
        await self._do(agent_id, {"type": "hang_up_call", "call_id": call_id})

    async def _wrap_up(self, agent_id: str, call_id: str) -> None:
        await asyncio.sleep(self._wrap_up_s(call_id))
        self._free_since_s[agent_id] = self._now_s()
        await self._do(agent_id, {"type": "complete_wrap_up", "call_id": call_id, "disposition": DISPOSITION})

    async def _do(self, agent_id: str, body: dict[str, Any]) -> None:
        """Press the button, and once more as long as nobody says what became of it."""
        while await self._doors.command(self._connections[agent_id], body | {"agent_id": agent_id}) in UNANSWERED:
            pass
