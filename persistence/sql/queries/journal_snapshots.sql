-- $1 kind, $2 partition.
select tenant_id, position, payload from snapshot where kind = $1 and partition = $2 order by tenant_id
