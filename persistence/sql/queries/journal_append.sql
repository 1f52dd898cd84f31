-- One atomic step for each partition: check epoch and position, move the head, insert the entries.
-- $1 kind; $2-$5 the claims: partition, epoch, position before, position after;
-- $6-$11 the entries: partition, position, tenant_id, type, at_ms, payload.
-- Heads are locked in the order of partitions, so that two writers can never wait for each other.
-- An entry keeps the epoch that its writer named, not the head's: it would tell if the check were ever passed by.
with ours as (
    select h.partition, c.moved_to, c.epoch
    from partition_head h
    join unnest($2::integer[], $3::bigint[], $4::bigint[], $5::bigint[]) as c (partition, epoch, position, moved_to)
        on h.partition = c.partition and h.epoch = c.epoch and h.position = c.position
    where h.kind = $1
    order by h.partition
    for no key update of h
), moved as (
    update partition_head h
    set position = ours.moved_to
    from ours
    where h.kind = $1 and h.partition = ours.partition
    returning h.partition, ours.epoch
), written as (
    insert into journal (kind, partition, position, tenant_id, type, at_ms, payload, epoch)
    select $1, e.partition, e.position, e.tenant_id, e.type, e.at_ms, e.payload, moved.epoch
    from unnest($6::integer[], $7::bigint[], $8::text[], $9::text[], $10::bigint[], $11::bytea[])
        as e (partition, position, tenant_id, type, at_ms, payload)
    join moved using (partition)
)
select partition from moved
