-- $1 tenant_id; $2-$6 the callers: subject_id, lookup_hash, last4_hash, ciphertext, key_wrapped.
-- One row for each caller, in order; null where another transaction inserted the same caller after this statement
-- began: it has committed by now, so the statement is to be run again. Known callers, the common case, are only read.
with proposed as (
    select c.*
    from unnest($2::text[], $3::bytea[], $4::bytea[], $5::bytea[], $6::bytea[]) with ordinality
        as c (subject_id, lookup_hash, last4_hash, ciphertext, key_wrapped, number)
), known as (
    select s.lookup_hash, s.subject_id
    from subject s
    where s.tenant_id = $1 and s.lookup_hash = any ($3::bytea[])
), fresh as (
    select distinct on (p.lookup_hash) p.*
    from proposed p
    where not exists (select from known k where k.lookup_hash = p.lookup_hash)
    order by p.lookup_hash, p.number
), made as (
    insert into subject (tenant_id, subject_id, lookup_hash, last4_hash, ciphertext)
    select $1, f.subject_id, f.lookup_hash, f.last4_hash, f.ciphertext
    from fresh f
    order by f.lookup_hash
    on conflict (tenant_id, lookup_hash) do nothing
    returning lookup_hash, subject_id
), keyed as (
    insert into keyring.subject_key (tenant_id, subject_id, key_wrapped)
    select $1, m.subject_id, f.key_wrapped
    from made m
    join fresh f using (lookup_hash)
)
select coalesce(k.subject_id, m.subject_id)
from proposed p
left join known k using (lookup_hash)
left join made m using (lookup_hash)
order by p.number
