-- $1 kind, $2 partitions, $3 their epochs.
select h.partition
from partition_head h
join unnest($2::integer[], $3::bigint[]) as c (partition, epoch) on h.partition = c.partition and h.epoch = c.epoch
where h.kind = $1
