-- $1 kind, $2 partition, $3 after, $4 up to, $5 entries at most.
select position, tenant_id, type, at_ms, payload
from journal
where kind = $1 and partition = $2 and position > $3 and position <= $4
order by position
limit $5
