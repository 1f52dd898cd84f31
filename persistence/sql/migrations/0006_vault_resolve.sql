-- Every call that arrives asks who the caller is. As a function this takes one round trip instead of five: it sets the
-- tenant itself, for the transaction that its statement is, and row-level security applies to whoever calls it.

-- The callers' columns, each in the same order. One row for each caller, in order; null where another transaction
-- inserted the same caller after the statement began: it has committed by now, so ask again. Known callers, the common
-- case, are only read.
create function vault_resolve(
    tenant text,
    subject_ids text[],
    lookup_hashes bytea[],
    last4_hashes bytea[],
    ciphertexts bytea[],
    keys_wrapped bytea[]
) returns setof text
    language plpgsql
    set plan_cache_mode = force_generic_plan -- arrays differ in length each time and the plan never should
as $$
begin
    perform set_config('strowger.tenant_id', tenant, true);
    return query
    with proposed as (
        select c.*
        from unnest(subject_ids, lookup_hashes, last4_hashes, ciphertexts, keys_wrapped) with ordinality
            as c (subject_id, lookup_hash, last4_hash, ciphertext, key_wrapped, number)
    ), known as (
        select s.lookup_hash, s.subject_id
        from subject s
        where s.tenant_id = tenant and s.lookup_hash = any (lookup_hashes)
    ), fresh as (
        select distinct on (p.lookup_hash) p.*
        from proposed p
        where not exists (select from known k where k.lookup_hash = p.lookup_hash)
        order by p.lookup_hash, p.number
    ), made as (
        insert into subject (tenant_id, subject_id, lookup_hash, last4_hash, ciphertext)
        select tenant, f.subject_id, f.lookup_hash, f.last4_hash, f.ciphertext
        from fresh f
        order by f.lookup_hash
        on conflict (tenant_id, lookup_hash) do nothing
        returning lookup_hash, subject_id
    ), keyed as (
        insert into keyring.subject_key (tenant_id, subject_id, key_wrapped)
        select tenant, m.subject_id, f.key_wrapped
        from made m
        join fresh f using (lookup_hash)
    )
    select coalesce(k.subject_id, m.subject_id)
    from proposed p
    left join known k using (lookup_hash)
    left join made m using (lookup_hash)
    order by p.number;
end
$$;

revoke execute on function vault_resolve(text, text[], bytea[], bytea[], bytea[], bytea[]) from public;
grant execute on function vault_resolve(text, text[], bytea[], bytea[], bytea[], bytea[]) to strowger_app;
