-- Two people who must never share a session: private. Who is in it, on either side, is a patient or a guest.
create table keep_apart (
    organization_id text not null references organizations (id),
    id text not null,
    patient_id text,
    guest_id text,
    other_patient_id text,
    other_guest_id text,
    kind text not null check (kind in ('protective_order', 'relatives', 'staff_conflict', 'other')),
    reason text not null,
    ends_on date,
    ended_at timestamptz,
    version bigint not null,
    created_by_user text,
    created_at timestamptz not null,
    updated_at timestamptz not null,
    primary key (organization_id, id),
    foreign key (organization_id, patient_id) references patients (organization_id, id),
    foreign key (organization_id, guest_id) references guests (organization_id, id),
    foreign key (organization_id, other_patient_id) references patients (organization_id, id),
    foreign key (organization_id, other_guest_id) references guests (organization_id, id),
    check ((patient_id is null) <> (guest_id is null)),
    check ((other_patient_id is null) <> (other_guest_id is null))
);
create index ix_keep_apart_maker on keep_apart (organization_id, created_by_user, id);

-- Each pair seen from both sides, so that whoever is to have a place is looked up by one range of an index. `person`
-- and `other` are ids of patients or guests.
create table keep_apart_sides (
    organization_id text not null references organizations (id),
    person text not null,
    other text not null,
    pair_id text not null,
    is_live boolean not null,
    ends_on date,
    primary key (organization_id, person, other, pair_id),
    foreign key (organization_id, pair_id) references keep_apart (organization_id, id)
);
create index ix_keep_apart_sides_pair on keep_apart_sides (organization_id, pair_id, person);
