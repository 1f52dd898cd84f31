-- What happened: one stream for each kind and partition, one writer for each stream.

-- Spans tenants: it says who may write a partition, and a partition holds many tenants.
create table partition_head (
    kind text not null check (kind in ('queue', 'agent', 'router', 'supervisor')),
    partition integer not null check (partition >= 0),
    epoch bigint not null check (epoch > 0),
    position bigint not null check (position >= 0),
    address text not null,
    primary key (kind, partition)
) with (fillfactor = 25); -- every append rewrites a row: room for it on the same page keeps the index untouched

-- The head's compare-and-set keeps (kind, partition, position) unique; the key cannot say so by itself, because a
-- partitioned table's key must contain recorded_at.
create table journal (
    kind text not null,
    partition integer not null,
    position bigint not null,
    tenant_id text not null,
    type text not null,
    at_ms bigint not null,
    payload bytea not null,
    recorded_at timestamptz not null default now(),
    primary key (kind, partition, position, tenant_id, recorded_at),
    constraint journal_tenant_partition_fkey
        foreign key (tenant_id, partition) references tenant (tenant_id, partition)
) partition by range (recorded_at);

create table snapshot (
    kind text not null,
    partition integer not null,
    tenant_id text not null,
    position bigint not null,
    payload bytea not null,
    saved_at timestamptz not null default now(),
    primary key (kind, partition, tenant_id),
    constraint snapshot_tenant_partition_fkey
        foreign key (tenant_id, partition) references tenant (tenant_id, partition)
);

alter table journal enable row level security;
alter table journal force row level security;
create policy writer_reads on journal for select to strowger_journal using (true);
create policy writer_appends on journal for insert to strowger_journal with check (true);
create policy own_reads on journal for select to strowger_app
    using (tenant_id = current_setting('strowger.tenant_id', true));

alter table snapshot enable row level security;
alter table snapshot force row level security;
create policy writer_keeps on snapshot to strowger_journal using (true) with check (true);
-- Retention must see every tenant's snapshot to know what they cover; migrations still fail, row_security being off.
create policy retention_reads on snapshot for select to current_user using (true);

grant select, insert, update on partition_head to strowger_journal;
grant select, insert on journal to strowger_journal;
grant select, insert, update on snapshot to strowger_journal;
grant select on journal to strowger_app;

-- The safety net: a month that nobody made lands here, and moves out when it is made.
create table journal_default partition of journal default;
alter table journal_default enable row level security;
alter table journal_default force row level security;
create policy retention_moves on journal_default to current_user using (true) with check (true);

-- Makes the tables of this month and of `ahead` more; says which it made.
create function journal_make_months(ahead integer) returns setof text
    language plpgsql
    set timezone = 'UTC'
    set row_security = on
as $$
declare
    month timestamptz;
    upper_bound timestamptz;
    name text;
begin
    for month in
        select generate_series(
            date_trunc('month', now()), date_trunc('month', now()) + make_interval(months => ahead), '1 month'
        )
    loop
        upper_bound := month + interval '1 month';
        name := 'journal_' || to_char(month, 'YYYY_MM');
        continue when to_regclass(name) is not null;
        execute format('create table %I (like journal including all)', name);
        execute format('alter table %I enable row level security', name);
        execute format('alter table %I force row level security', name);
        execute format('create policy retention_moves on %I to current_user using (true) with check (true)', name);
        lock table journal_default in access exclusive mode;
        execute format(
            'with strays as (delete from journal_default where recorded_at >= %L and recorded_at < %L returning *)'
            ' insert into %I select * from strays', month, upper_bound, name
        );
        execute format('alter table journal attach partition %I for values from (%L) to (%L)',
                       name, month, upper_bound);
        return next name;
    end loop;
end
$$;

-- Drops the months that ended before `keep` ago and hold nothing that a snapshot does not; says which.
create function journal_drop_months(keep interval) returns setof text
    language plpgsql
    set timezone = 'UTC'
    set row_security = on
as $$
declare
    name text;
    is_covered boolean;
begin
    for name in
        select c.relname
        from pg_inherits i
        join pg_class c on c.oid = i.inhrelid
        where i.inhparent = 'journal'::regclass
          and c.relname ~ '^journal_\d{4}_\d{2}$'
          -- Without this policy the month would look empty, and what looks empty looks covered.
          and exists (select from pg_policy p where p.polrelid = c.oid and p.polname = 'retention_moves')
          and to_timestamp(right(c.relname, 7), 'YYYY_MM') + interval '1 month' <= now() - keep
        order by c.relname
    loop
        execute format(
            'select not exists ('
            '  select from (select kind, partition, tenant_id, max(position) as last from %I group by 1, 2, 3) e'
            '  where not exists ('
            '    select from snapshot s where s.kind = e.kind and s.partition = e.partition'
            '    and s.tenant_id = e.tenant_id and s.position >= e.last))', name
        ) into is_covered;
        continue when not is_covered;
        execute format('drop table %I', name);
        return next name;
    end loop;
end
$$;

revoke execute on function journal_make_months(integer), journal_drop_months(interval) from public;
