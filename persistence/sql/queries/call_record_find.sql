-- $1 tenant_id, $2 call_id.
select
    tenant_id, call_id, queue_id, subject_id, agent_id, priority, arrived_at_ms, first_offered_at_ms,
    answered_at_ms, ended_at_ms, wait_ms, talk_ms, hold_ms, offers, outcome, ended_by
from call_record
where tenant_id = $1 and call_id = $2
