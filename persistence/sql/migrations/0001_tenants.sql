-- Who shares this house: one row for each clinic.
--
-- Log-in needs to find a tenant before any is set, so both roles may read every row; writing needs the tenant set.

create table tenant (
    tenant_id text primary key check (length(tenant_id) between 1 and 64),
    slug text not null check (slug ~ '^[a-z0-9][a-z0-9-]{0,62}$'),
    name text not null check (length(name) between 1 and 200),
    time_zone text not null,
    partition integer not null check (partition >= 0),
    created_at timestamptz not null default now(),
    constraint tenant_slug_key unique (slug),
    -- Streams point at this pair, which makes an event in another tenant's stream impossible.
    constraint tenant_partition_key unique (tenant_id, partition)
);

alter table tenant enable row level security;
alter table tenant force row level security;
create policy everyone_finds on tenant for select using (true);
create policy own_insert on tenant for insert to strowger_app
    with check (tenant_id = current_setting('strowger.tenant_id', true));
create policy own_update on tenant for update to strowger_app
    using (tenant_id = current_setting('strowger.tenant_id', true));

grant usage on schema public to strowger_app, strowger_journal;
grant select on schema_version to strowger_app, strowger_journal;
grant select on tenant to strowger_app, strowger_journal;
grant insert (tenant_id, slug, name, time_zone, partition), update (slug, name, time_zone) on tenant to strowger_app;
