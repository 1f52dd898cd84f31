"""What the live view shows, one row per queue, call, agent, and queue and quarter of an hour.

Rows say what is, never how long it has been: ages and running figures follow from the reader's clock, so that a row
changes only when something happens. All times are Unix milliseconds.
"""

import msgspec

from engine.agent import Agent, EngagementState, Presence
from engine.call import Call, CallState
from engine.livepicture.days import AgentDay
from engine.skills import SkillNeed


class QueueRow(msgspec.Struct, frozen=True):
    """One queue. `waiting` stand in line, `ringing` are offered to someone; neither is answered yet.

    `oldest_arrived_at_ms`: the arrival of whoever has been unanswered longest. `ewt_s`: estimated wait of a caller
    who arrived now. `free` agents could take a call, `on_call` and `wrap_up` is what agents of this queue are doing,
    whichever queue it is for; an agent who takes several calls at once can be `free` and `on_call`.
    """

    queue_id: str
    name: str
    sla_threshold_s: float
    sla_target: float
    waiting: int
    ringing: int
    oldest_arrived_at_ms: int | None
    ewt_s: float | None
    free: int
    on_call: int
    wrap_up: int

    @property
    def key(self) -> str:
        return self.queue_id


class CallRow(msgspec.Struct, frozen=True):
    """One call that has not ended. `since_ms`: arrival while it waits, ring, answer, or hold.

    `credit_ms`: what a point of priority is worth in waiting; null: priority makes classes.
    """

    call_id: str
    queue_id: str
    subject_id: str | None
    state: CallState
    priority: int
    needs: tuple[SkillNeed, ...]
    arrived_at_ms: int
    since_ms: int
    agent_id: str | None
    credit_ms: int | None

    @property
    def key(self) -> str:
        return self.call_id


class AgentRow(msgspec.Struct, frozen=True):
    """One agent. `call_id` and `queue_id`: what they are engaged in, the conversation before anything else."""

    agent_id: str
    presence: Presence
    reason: str
    since_ms: int
    free: bool
    queues: tuple[str, ...]
    call_id: str | None
    queue_id: str | None
    today: AgentDay

    @property
    def key(self) -> str:
        return self.agent_id


class TallyRow(msgspec.Struct, frozen=True):
    """What one queue saw in one quarter of an hour (UTC).

    Calls count where they arrived, whenever it was settled what became of them, so that in every row
    offered = answered + abandoned + lost + those still waiting. `answered_within` and `abandoned_within` are counted
    against the queue's `sla_threshold_s` of that moment, `short_abandoned` against its `short_abandon_s`. `wait_ms`
    sums the waits of answered calls, `abandoned_wait_ms` those of abandoned ones.

    Handling counts where the conversation ended: `handled`, `talk_ms`, `hold_ms`, and the `wrap_up_ms` that followed.
    """

    queue_id: str
    start_ms: int
    offered: int = 0
    answered: int = 0
    answered_within: int = 0
    wait_ms: int = 0
    abandoned: int = 0
    abandoned_within: int = 0
    short_abandoned: int = 0
    abandoned_wait_ms: int = 0
    lost: int = 0
    handled: int = 0
    talk_ms: int = 0
    hold_ms: int = 0
    wrap_up_ms: int = 0

    @property
    def key(self) -> str:
        return tally_key(self.queue_id, self.start_ms)


def tally_key(queue_id: str, start_ms: int) -> str:
    return f"{queue_id}@{start_ms}"


def call_row(call: Call, rung_at_ms: int | None) -> CallRow:
    """A call as it is now. `rung_at_ms`: since when it rings, if it does."""
    return CallRow(
        call_id=call.call_id,
        queue_id=call.queue_id,
        subject_id=call.subject_id,
        state=call.state,
        priority=call.priority,
        needs=call.needs,
        arrived_at_ms=call.arrived_at_ms,
        since_ms=call.held_since_ms or call.answered_at_ms or rung_at_ms or call.arrived_at_ms,
        agent_id=call.agent_id,
        credit_ms=call.credit_ms,
    )


def agent_row(agent: Agent, today: AgentDay) -> AgentRow:
    """An agent as they are now."""
    held = max(agent.engagements, key=lambda one: one.state is EngagementState.LIVE, default=None)
    return AgentRow(
        agent_id=agent.agent_id,
        presence=agent.presence,
        reason=agent.reason,
        since_ms=agent.since_ms,
        free=agent.free,
        queues=agent.settings.queues,
        call_id=held.call_id if held is not None else None,
        queue_id=held.queue_id if held is not None else None,
        today=today,
    )
