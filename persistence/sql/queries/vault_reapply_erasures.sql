-- $1 tenant_id.
with key_gone as (
    delete from keyring.subject_key k using keyring.erasure_ledger e
    where k.tenant_id = $1 and e.tenant_id = $1 and e.subject_id = k.subject_id
), gone as (
    delete from subject s using keyring.erasure_ledger e
    where s.tenant_id = $1 and e.tenant_id = $1 and e.subject_id = s.subject_id
    returning s.subject_id
)
select subject_id from gone order by subject_id collate "C"
