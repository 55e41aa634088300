create table groups (
    organization_id text not null references organizations (id),
    id text not null,
    name text not null,
    name_key text not null,
    type text not null,
    description text not null,
    status text not null,
    min_participants bigint,
    max_participants bigint,
    when_full text not null,
    promotion text not null,
    enrollment_mode text not null,
    leader_rule text not null,
    modality text not null,
    facilitator_id text,
    site_id text,
    room_id text,
    duration_minutes bigint not null,
    program_id text,
    template_id text,
    external_id text,
    custom_data text not null,
    is_part2 boolean not null,
    archived_at timestamptz,
    version bigint not null,
    created_by_user text,
    created_at timestamptz not null,
    updated_at timestamptz not null,
    primary key (organization_id, id),
    foreign key (organization_id, facilitator_id) references practitioners (organization_id, id),
    foreign key (organization_id, site_id) references sites (organization_id, id),
    foreign key (organization_id, room_id) references rooms (organization_id, id)
);
create index ix_groups_org_status on groups (organization_id, status, name_key, id);
create index ix_groups_name on groups (organization_id, name_key, id);
create unique index ix_groups_external on groups (organization_id, external_id) where external_id is not null;

create table group_co_facilitators (
    organization_id text not null references organizations (id),
    group_id text not null,
    practitioner_id text not null,
    primary key (organization_id, group_id, practitioner_id),
    foreign key (organization_id, group_id) references groups (organization_id, id),
    foreign key (organization_id, practitioner_id) references practitioners (organization_id, id)
);

create table group_members (
    organization_id text not null references organizations (id),
    id text not null,
    group_id text not null,
    member_type text not null check (member_type in ('patient', 'guest')),
    patient_id text,
    guest_id text,
    status text not null check (status in ('active', 'waitlisted', 'offered', 'left', 'declined', 'expired')),
    notes text not null,
    order_key bigint,
    added_at timestamptz not null,
    joined_at timestamptz,
    left_at timestamptz,
    left_reason text,
    override_reason text,
    skip_reason text,
    skipped_at timestamptz,
    external_id text,
    version bigint not null,
    created_by_user text,
    created_at timestamptz not null,
    updated_at timestamptz not null,
    primary key (organization_id, id),
    foreign key (organization_id, group_id) references groups (organization_id, id),
    foreign key (organization_id, patient_id) references patients (organization_id, id),
    foreign key (organization_id, guest_id) references guests (organization_id, id),
    check ((member_type = 'patient' and patient_id is not null and guest_id is null)
        or (member_type = 'guest' and guest_id is not null and patient_id is null)),
    check ((status = 'waitlisted') = (order_key is not null))
);
create index ix_group_members_group_status on group_members (organization_id, group_id, status, order_key, id);
create index ix_group_members_group on group_members (organization_id, group_id, added_at, id);
create unique index ix_group_members_unique_patient on group_members (organization_id, group_id, patient_id)
    where patient_id is not null and status in ('active', 'waitlisted', 'offered');
create unique index ix_group_members_unique_guest on group_members (organization_id, group_id, guest_id)
    where guest_id is not null and status in ('active', 'waitlisted', 'offered');
create unique index ix_group_members_line on group_members (organization_id, group_id, order_key)
    where order_key is not null;
create index ix_group_members_patient on group_members (organization_id, patient_id, added_at, id);
create index ix_group_members_guest on group_members (organization_id, guest_id, added_at, id);
create unique index ix_group_members_external on group_members (organization_id, external_id) where external_id is not null;
