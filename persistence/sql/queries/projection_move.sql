-- Compare and set: $1 tenant_id, $2 projection, $3 partition, $4 from, $5 to. One row if it moved, else none.
insert into projection_checkpoint as known (tenant_id, projection, partition, position)
select $1, $2, $3, $5
where $4::bigint = 0 or exists (select from projection_checkpoint where tenant_id = $1 and projection = $2)
on conflict (tenant_id, projection)
do update set partition = excluded.partition, position = excluded.position
where known.position = $4
returning position
