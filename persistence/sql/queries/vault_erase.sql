-- $1 tenant_id, $2 subject_id.
with key_gone as (
    delete from keyring.subject_key where tenant_id = $1 and subject_id = $2
), gone as (
    delete from subject where tenant_id = $1 and subject_id = $2 returning subject_id
), noted as (
    insert into keyring.erasure_ledger (tenant_id, subject_id) values ($1, $2)
    on conflict (tenant_id, subject_id) do nothing
)
select exists (select from gone)
