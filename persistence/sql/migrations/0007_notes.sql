-- What was noted of a call: free text about a person, encrypted above with that person's key. It goes with them: without
-- the key nobody reads it, and the row ends with its subject.

create table call_note (
    tenant_id text not null,
    call_id text not null check (length(call_id) between 1 and 64),
    subject_id text not null,
    ciphertext bytea not null check (length(ciphertext) <= 32768),
    version integer not null check (version >= 1),
    written_by text not null,
    written_at_ms bigint not null,
    primary key (tenant_id, call_id),
    foreign key (tenant_id, subject_id) references subject on delete cascade
);
create index call_note_by_subject on call_note (tenant_id, subject_id);

alter table call_note enable row level security;
alter table call_note force row level security;
create policy own on call_note to strowger_app
    using (tenant_id = current_setting('strowger.tenant_id', true));

grant select, insert, update on call_note to strowger_app;
