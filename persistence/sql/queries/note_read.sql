-- $1 tenant_id, $2 call_id.
select call_id, subject_id, ciphertext, version, written_by, written_at_ms
from call_note
where tenant_id = $1 and call_id = $2
