-- $1-$7 the columns of the rows, in order.
insert into wrap_up_record (tenant_id, offer_id, call_id, agent_id, started_at_ms, ended_at_ms, disposition)
select *
from unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::bigint[], $6::bigint[], $7::text[])
on conflict (tenant_id, offer_id) do update set (call_id, agent_id, started_at_ms, ended_at_ms, disposition) = (
    excluded.call_id, excluded.agent_id, excluded.started_at_ms, excluded.ended_at_ms, excluded.disposition
)
