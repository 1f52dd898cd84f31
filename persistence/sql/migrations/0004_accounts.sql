-- Who may enter, and who is in. Nobody is signed out by a restart, so sessions are rows.

create table user_account (
    tenant_id text not null references tenant,
    user_id text not null check (length(user_id) between 1 and 64),
    login text not null check (login = lower(login) and length(login) between 1 and 200),
    password_hash text not null,
    role text not null check (role in ('agent', 'supervisor', 'administrator')),
    agent_id text,
    display_name text not null check (length(display_name) between 1 and 200),
    active boolean not null default true,
    created_at timestamptz not null default now(),
    primary key (tenant_id, user_id),
    constraint user_account_login_key unique (tenant_id, login),
    constraint user_account_agent_key unique (tenant_id, agent_id)
);

create table session (
    tenant_id text not null,
    token_hash bytea not null check (length(token_hash) between 16 and 64),
    user_id text not null,
    created_at_ms bigint not null,
    expires_at_ms bigint not null,
    primary key (tenant_id, token_hash),
    foreign key (tenant_id, user_id) references user_account on delete cascade
);
create index session_by_user on session (tenant_id, user_id);
create index session_by_expiry on session (tenant_id, expires_at_ms);

alter table user_account enable row level security;
alter table user_account force row level security;
create policy own on user_account to strowger_app
    using (tenant_id = current_setting('strowger.tenant_id', true));
alter table session enable row level security;
alter table session force row level security;
create policy own on session to strowger_app
    using (tenant_id = current_setting('strowger.tenant_id', true));

grant select, insert, update on user_account to strowger_app;
grant select, insert, delete on session to strowger_app;
