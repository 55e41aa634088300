-- When a practitioner works: the blocks of the week, as one versioned record. Without a row, always.
create table practitioner_hours (
    organization_id text not null references organizations (id),
    id text not null,
    practitioner_id text not null,
    blocks text not null,
    version bigint not null,
    created_by_user text,
    created_at timestamptz not null,
    updated_at timestamptz not null,
    primary key (organization_id, id),
    foreign key (organization_id, practitioner_id) references practitioners (organization_id, id)
);
create unique index ix_practitioner_hours_practitioner on practitioner_hours (organization_id, practitioner_id);

-- Time off. Whole days keep their dates beside the instants, which are those of the organization's clock.
create table time_off (
    organization_id text not null references organizations (id),
    id text not null,
    practitioner_id text not null,
    kind text not null check (kind in ('vacation', 'sick', 'training', 'other')),
    reason text,
    starts_at timestamptz not null,
    ends_at timestamptz not null,
    first_day date,
    last_day date,
    status text not null check (status in ('requested', 'approved', 'declined', 'withdrawn')),
    substitute_id text,
    decided_by_user text,
    decided_at timestamptz,
    decision_reason text,
    version bigint not null,
    created_by_user text,
    created_at timestamptz not null,
    updated_at timestamptz not null,
    primary key (organization_id, id),
    foreign key (organization_id, practitioner_id) references practitioners (organization_id, id),
    foreign key (organization_id, substitute_id) references practitioners (organization_id, id),
    check (ends_at > starts_at),
    check ((first_day is null) = (last_day is null)),
    check (substitute_id is null or substitute_id <> practitioner_id)
);
create index ix_time_off_practitioner on time_off (organization_id, practitioner_id, starts_at, id);
create index ix_time_off_status on time_off (organization_id, status, starts_at, id);
create index ix_time_off_time on time_off (organization_id, starts_at, id);

-- Whom a leader stands in for: a group whose leaders change leaves the substitute in place.
alter table session_leaders add column stands_in_for text;
