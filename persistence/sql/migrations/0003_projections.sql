-- What reports read: rows written from the journal, exactly once, by whoever moves the checkpoint.

create table projection_checkpoint (
    tenant_id text not null,
    projection text not null,
    partition integer not null,
    position bigint not null check (position >= 0),
    primary key (tenant_id, projection),
    constraint projection_checkpoint_tenant_partition_fkey
        foreign key (tenant_id, partition) references tenant (tenant_id, partition)
);

create table call_record (
    tenant_id text not null references tenant,
    call_id text not null,
    queue_id text not null,
    subject_id text,
    agent_id text,
    priority integer not null,
    arrived_at_ms bigint not null,
    first_offered_at_ms bigint,
    answered_at_ms bigint,
    ended_at_ms bigint not null,
    wait_ms bigint not null check (wait_ms >= 0),
    talk_ms bigint not null check (talk_ms >= 0),
    hold_ms bigint not null check (hold_ms >= 0),
    offers integer not null check (offers >= 0),
    outcome text not null,
    ended_by text not null,
    primary key (tenant_id, call_id)
);
create index call_record_by_time on call_record (tenant_id, ended_at_ms desc, call_id desc);
create index call_record_by_queue on call_record (tenant_id, queue_id, ended_at_ms desc, call_id desc);

create table wrap_up_record (
    tenant_id text not null references tenant,
    offer_id text not null,
    call_id text not null,
    agent_id text not null,
    started_at_ms bigint not null,
    ended_at_ms bigint not null,
    disposition text,
    primary key (tenant_id, offer_id)
);
create index wrap_up_record_by_call on wrap_up_record (tenant_id, call_id);

alter table projection_checkpoint enable row level security;
alter table projection_checkpoint force row level security;
create policy own on projection_checkpoint to strowger_app
    using (tenant_id = current_setting('strowger.tenant_id', true));
alter table call_record enable row level security;
alter table call_record force row level security;
create policy own on call_record to strowger_app
    using (tenant_id = current_setting('strowger.tenant_id', true));
alter table wrap_up_record enable row level security;
alter table wrap_up_record force row level security;
create policy own on wrap_up_record to strowger_app
    using (tenant_id = current_setting('strowger.tenant_id', true));

grant select, insert, update on projection_checkpoint, call_record, wrap_up_record to strowger_app;
