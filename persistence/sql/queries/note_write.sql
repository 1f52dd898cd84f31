-- $1 tenant_id, $2 call_id, $3 subject_id, $4 ciphertext, $5 version, $6 written_by, $7 written_at_ms.
-- One row where the note was written; none where the stored version is not the one before $5.
with changed as (
    update call_note
    set ciphertext = $4, version = $5, written_by = $6, written_at_ms = $7
    where tenant_id = $1 and call_id = $2 and subject_id = $3 and version = $5 - 1
    returning version
), made as (
    insert into call_note (tenant_id, call_id, subject_id, ciphertext, version, written_by, written_at_ms)
    select $1, $2, $3, $4, $5, $6, $7
    where $5 = 1
    on conflict (tenant_id, call_id) do nothing
    returning version
)
select version from changed union all select version from made
