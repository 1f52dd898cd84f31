"""From the engine's values to what the outside sees, field by field, so that nothing gets out by accident."""

from collections.abc import Mapping

from actors.wire import CallFrame
from engine.agent import Agent, Engagement
from engine.call import Call, CallState
from engine.settings import QueueSettings
from engine.skills import SkillNeed
from persistence.projections import CallRecord
from web.protocol import AgentView, CallView, EngagementView, Need, Needs
from web.resources import AgentStatus, CallerView, CallRecordView, CallStatus, Queue
from web.vault import Person


def needs_of(needs: Needs) -> tuple[SkillNeed, ...]:
    return tuple(SkillNeed(need.skill, need.proficiency) for need in needs)


def needs_view(needs: tuple[SkillNeed, ...]) -> Needs:
    return tuple(Need(need.skill, need.proficiency) for need in needs)


def queue_view(settings: QueueSettings) -> Queue:
    return Queue(
        queue_id=settings.queue_id,
        name=settings.name,
        strategy=settings.strategy,
        needs=needs_view(settings.needs),
        priority=settings.priority,
        priority_credit_s=settings.priority_credit_s,
        offer_timeout_s=settings.offer_timeout_s,
        wrap_up_s=settings.wrap_up_s,
        disposition_required=settings.disposition_required,
        sla_threshold_s=settings.sla_threshold_s,
        sla_target=settings.sla_target,
        short_abandon_s=settings.short_abandon_s,
        length_max=settings.length_max,
        rona_away_after=settings.rona_away_after,
        rest_after_decline_s=settings.rest_after_decline_s,
    )


def engagement_view(held: Engagement) -> EngagementView:
    return EngagementView(
        offer_id=held.offer_id,
        call_id=held.call_id,
        queue_id=held.queue_id,
        state=held.state.value,
        since_ms=held.since_ms,
        until_ms=held.until_ms,
        arrived_at_ms=held.arrived_at_ms,
        priority=held.priority,
        subject_id=held.subject_id,
    )


def agent_view(agent: Agent) -> AgentView:
    """An agent as their softphone sees them."""
    return AgentView(
        agent_id=agent.agent_id,
        version=agent.version,
        presence=agent.presence.value,
        base=agent.base.value,
        reason=agent.reason,
        since_ms=agent.since_ms,
        engagements=tuple(map(engagement_view, agent.engagements)),
    )


def agent_status(agent: Agent) -> AgentStatus:
    """An agent as supervisors see them."""
    settings = agent.settings
    return AgentStatus(
        agent_id=agent.agent_id,
        queues=settings.queues,
        skills=settings.skills,
        capacity=settings.capacity,
        version=agent.version,
        presence=agent.presence,
        base=agent.base,
        reason=agent.reason,
        since_ms=agent.since_ms,
        engagements=tuple(map(engagement_view, agent.engagements)),
    )


def call_view(frame: CallFrame) -> CallView:
    """A call as whoever watches it sees it."""
    call = frame.call
    if call is None:
        return CallView(frame.call_id, CallState.ENDED.value)
    return CallView(
        call_id=call.call_id,
        state=call.state.value,
        version=call.version,
        queue_id=call.queue_id,
        subject_id=call.subject_id,
        agent_id=call.agent_id,
        priority=call.priority,
        arrived_at_ms=call.arrived_at_ms,
        answered_at_ms=call.answered_at_ms,
        held_since_ms=call.held_since_ms,
        position=frame.position,
        ewt_s=frame.ewt_s,
    )


def call_status(call: Call, people: Mapping[str, Person]) -> CallStatus:
    return CallStatus(
        call_id=call.call_id,
        queue_id=call.queue_id,
        state=call.state,
        version=call.version,
        priority=call.priority,
        needs=needs_view(call.needs),
        channel=call.channel,
        arrived_at_ms=call.arrived_at_ms,
        answered_at_ms=call.answered_at_ms,
        held_since_ms=call.held_since_ms,
        attempts=call.attempts,
        agent_id=call.agent_id,
        subject_id=call.subject_id,
        caller=caller_view(people.get(call.subject_id or "")),
    )


def record_view(record: CallRecord, people: Mapping[str, Person]) -> CallRecordView:
    return CallRecordView(
        call_id=record.call_id,
        queue_id=record.queue_id,
        agent_id=record.agent_id,
        priority=record.priority,
        arrived_at_ms=record.arrived_at_ms,
        first_offered_at_ms=record.first_offered_at_ms,
        answered_at_ms=record.answered_at_ms,
        ended_at_ms=record.ended_at_ms,
        wait_ms=record.wait_ms,
        talk_ms=record.talk_ms,
        hold_ms=record.hold_ms,
        offers=record.offers,
        outcome=record.outcome,
        ended_by=record.ended_by,
        subject_id=record.subject_id,
        caller=caller_view(people.get(record.subject_id or "")),
    )


def caller_view(person: Person | None) -> CallerView | None:
    return CallerView(person.number, person.name) if person is not None else None
