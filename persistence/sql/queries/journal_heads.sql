-- $1 kind, or null for all.
select kind, partition, epoch, position, address
from partition_head
where $1::text is null or kind = $1
order by kind, partition
