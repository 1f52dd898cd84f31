-- $1 tenant_id; $2-$6 the callers: subject_id, lookup_hash, last4_hash, ciphertext, key_wrapped. See 0006_vault_resolve.
select * from vault_resolve($1, $2, $3, $4, $5, $6)
