-- $1 tenant_id, $2 last4_hash, $3 subjects at most.
select s.subject_id, s.ciphertext, k.key_wrapped
from subject s
join keyring.subject_key k using (tenant_id, subject_id)
where s.tenant_id = $1 and s.last4_hash = $2
order by s.created_at desc, s.subject_id
limit $3
