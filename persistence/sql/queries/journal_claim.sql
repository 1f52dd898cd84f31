-- $1 kind, $2 partitions, $3 address. Rows are locked in the order of partitions, as appends do.
with taken as (
    insert into partition_head as h (kind, partition, epoch, position, address)
    select $1, p.partition, 1, 0, $3
    from unnest($2::integer[]) as p (partition)
    order by p.partition
    on conflict (kind, partition) do update set epoch = h.epoch + 1, address = excluded.address
    returning partition, epoch, position
), logged as (
    insert into partition_claim (kind, partition, epoch, position, address)
    select $1, partition, epoch, position, $3 from taken
)
select partition, epoch, position from taken
