-- $1 kind, $2 partition, $3 after, $4 up to. Each claim raises the epoch by one, and streams only grow: an entry came
-- after a newer claim if and only if it came after the next one.
select j.position
from journal j
join partition_claim c on c.kind = j.kind and c.partition = j.partition and c.epoch = j.epoch + 1
where j.kind = $1 and j.partition = $2 and j.position > $3 and j.position <= $4 and j.position > c.position
order by j.position
