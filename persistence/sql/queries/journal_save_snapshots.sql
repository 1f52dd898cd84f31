-- $1 kind, $2 partition, $3 epoch, $4 the highest position of them all; $5-$7 tenant_id, position, payload.
-- No lock on the head, so that an append never waits for a large snapshot: at the moment of this statement's view the
-- epoch was ours and the stream reached as far, hence the state was right, and whoever comes later only adds to it.
with head as (
    select from partition_head where kind = $1 and partition = $2 and epoch = $3 and position >= $4
), kept as (
    insert into snapshot as older (kind, partition, tenant_id, position, payload)
    select $1, $2, s.tenant_id, s.position, s.payload
    from unnest($5::text[], $6::bigint[], $7::bytea[]) as s (tenant_id, position, payload)
    where exists (select from head)
    order by s.tenant_id
    on conflict (kind, partition, tenant_id)
    do update set position = excluded.position, payload = excluded.payload, saved_at = now()
    where older.position <= excluded.position
)
select exists (select from head)
