-- $1 tenant_id, $2 the last offer_id of the page before ('' at first), $3 rows at most.
select tenant_id, offer_id, call_id, agent_id, started_at_ms, ended_at_ms, disposition
from wrap_up_record
where tenant_id = $1 and offer_id collate "C" > $2
order by offer_id collate "C"
limit $3
