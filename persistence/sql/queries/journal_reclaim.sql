-- $1 kind, $2 partitions, $3 their epochs as last known, $4 address.
with ours as (
    select h.partition
    from partition_head h
    join unnest($2::integer[], $3::bigint[]) as c (partition, epoch)
        on h.partition = c.partition and h.epoch = c.epoch
    where h.kind = $1
    order by h.partition
    for no key update of h
), taken as (
    update partition_head h
    set epoch = h.epoch + 1, address = $4
    from ours
    where h.kind = $1 and h.partition = ours.partition
    returning h.partition, h.epoch, h.position
), logged as (
    insert into partition_claim (kind, partition, epoch, position, address)
    select $1, partition, epoch, position, $4 from taken
)
select partition, epoch, position from taken
