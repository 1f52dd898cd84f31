-- $1-$16 the columns of the rows, in order.
insert into call_record (
    tenant_id, call_id, queue_id, subject_id, agent_id, priority, arrived_at_ms, first_offered_at_ms,
    answered_at_ms, ended_at_ms, wait_ms, talk_ms, hold_ms, offers, outcome, ended_by
)
select *
from unnest(
    $1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::integer[], $7::bigint[], $8::bigint[],
    $9::bigint[], $10::bigint[], $11::bigint[], $12::bigint[], $13::bigint[], $14::integer[], $15::text[], $16::text[]
)
on conflict (tenant_id, call_id) do update set (
    queue_id, subject_id, agent_id, priority, arrived_at_ms, first_offered_at_ms,
    answered_at_ms, ended_at_ms, wait_ms, talk_ms, hold_ms, offers, outcome, ended_by
) = (
    excluded.queue_id, excluded.subject_id, excluded.agent_id, excluded.priority, excluded.arrived_at_ms,
    excluded.first_offered_at_ms, excluded.answered_at_ms, excluded.ended_at_ms, excluded.wait_ms, excluded.talk_ms,
    excluded.hold_ms, excluded.offers, excluded.outcome, excluded.ended_by
)
