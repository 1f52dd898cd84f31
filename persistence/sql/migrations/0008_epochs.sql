-- Which incarnation wrote an entry, and when each incarnation took over: with both, the journal itself shows whether a
-- write ever came from someone whose successor had claimed the stream already.

alter table journal add column epoch bigint; -- null: written before there was this column

-- Spans tenants, as heads do. `position` is where the stream stood at the claim.
create table partition_claim (
    kind text not null,
    partition integer not null,
    epoch bigint not null,
    position bigint not null,
    address text not null,
    claimed_at timestamptz not null default clock_timestamp(),
    primary key (kind, partition, epoch)
);

grant select, insert on partition_claim to strowger_journal;
