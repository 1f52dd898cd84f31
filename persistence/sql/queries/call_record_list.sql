-- $1, $2 the cursor (ended_at_ms, call_id), $3 calls at most, $4 tenant_id.
select
    tenant_id, call_id, queue_id, subject_id, agent_id, priority, arrived_at_ms, first_offered_at_ms,
    answered_at_ms, ended_at_ms, wait_ms, talk_ms, hold_ms, offers, outcome, ended_by
from call_record
where tenant_id = $4
  and (ended_at_ms, call_id) < ($1, $2)
order by ended_at_ms desc, call_id desc
limit $3
