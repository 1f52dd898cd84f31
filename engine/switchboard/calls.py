"""What is true of one tenant's queues and calls: what whoever follows their owner keeps as well.

The owner's own state, `Switchboard`, is this and what the owner owes besides. Both evolve by the same code, so that a
replica cannot disagree with its original.
"""

from typing import cast

from engine import call as calls
from engine import events as e
from engine.call import Call, CallState
from engine.line import Line
from engine.settings import QueueSettings


class Calls:
    """Queues, calls, and who stands where in line. Mutable inside, changed only by `evolve`."""

    def __init__(self, tenant_id: str) -> None:
        self.tenant_id = tenant_id
        self.position = 0
        self.queues: dict[str, QueueSettings] = {}
        self.calls: dict[str, Call] = {}
        self.lines: dict[str, Line] = {}

    def evolve(self, fact: e.Fact, position: int) -> None:
        """Apply one event. Never fails for an event that was decided on this state."""
        self.position = position
        match fact.event:
            case e.QueueConfigured(settings=settings):
                self.queues[settings.queue_id] = settings
                self.lines.setdefault(settings.queue_id, Line())
            case e.CallQueued() as arrival:
                self._arrive(calls.queued(arrival, fact.at_ms, position))
            case e.CallTombstoned() | e.ReleaseAcknowledged() | e.CommandRefused():
                pass
            case other:
                event = cast("e.CallEvent", other)
                self._change(self.calls[event.call_id], event, fact.at_ms, position)

    def line_of(self, call: Call) -> Line:
        return self.lines[call.queue_id]

    def _arrive(self, call: Call) -> None:
        self.calls[call.call_id] = call
        self.line_of(call).add(call)

    def _change(self, before: Call, event: e.CallEvent, at_ms: int, position: int) -> Call:
        """The call after the event; it has left `calls` if that ended it."""
        after = calls.evolve(before, event, at_ms, position)
        self.calls[after.call_id] = after
        if before.state is CallState.WAITING:
            self.line_of(before).remove(before)
        if after.state is CallState.WAITING:
            self.line_of(after).add(after)
        if isinstance(event, e.CallConnected):
            self.line_of(after).moved(after, at_ms)
        if after.state is CallState.ENDED:
            del self.calls[after.call_id]
        return after
