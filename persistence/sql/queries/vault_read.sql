-- $1 tenant_id, $2 subject ids.
select s.subject_id, s.ciphertext, k.key_wrapped
from subject s
join keyring.subject_key k using (tenant_id, subject_id)
where s.tenant_id = $1 and s.subject_id = any ($2::text[])
order by s.subject_id collate "C"
