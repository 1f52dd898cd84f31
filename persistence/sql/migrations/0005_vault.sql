-- Who called: personal data, encrypted above with one key for each person. Nothing here can be read without that key.

create table subject (
    tenant_id text not null references tenant,
    subject_id text not null check (length(subject_id) between 1 and 64),
    lookup_hash bytea not null check (length(lookup_hash) between 16 and 64),
    last4_hash bytea not null check (length(last4_hash) between 16 and 64),
    ciphertext bytea not null,
    created_at timestamptz not null default now(),
    primary key (tenant_id, subject_id),
    constraint subject_lookup_key unique (tenant_id, lookup_hash)
);
create index subject_by_last4 on subject (tenant_id, last4_hash);

-- A schema of its own, so that a backup of the data leaves the keys out (pg_dump --exclude-schema=keyring) and the
-- keys' own backup can be kept for a shorter time. No foreign key: the two are restored apart from each other.
create schema keyring;

create table keyring.subject_key (
    tenant_id text not null,
    subject_id text not null,
    key_wrapped bytea not null,
    primary key (tenant_id, subject_id)
);

-- Kept with the keys, because it must survive a restore of the data and is applied again after one.
create table keyring.erasure_ledger (
    tenant_id text not null,
    subject_id text not null,
    erased_at timestamptz not null default now(),
    primary key (tenant_id, subject_id)
);

alter table subject enable row level security;
alter table subject force row level security;
create policy own on subject to strowger_app
    using (tenant_id = current_setting('strowger.tenant_id', true));
alter table keyring.subject_key enable row level security;
alter table keyring.subject_key force row level security;
create policy own on keyring.subject_key to strowger_app
    using (tenant_id = current_setting('strowger.tenant_id', true));
alter table keyring.erasure_ledger enable row level security;
alter table keyring.erasure_ledger force row level security;
create policy own on keyring.erasure_ledger to strowger_app
    using (tenant_id = current_setting('strowger.tenant_id', true));

grant usage on schema keyring to strowger_app;
grant select, insert, delete on subject, keyring.subject_key to strowger_app;
grant select, insert on keyring.erasure_ledger to strowger_app;
