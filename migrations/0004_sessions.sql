-- One meeting at one time. Local date, start and zone are kept beside the instants, so that "today" and "this week"
-- are plain comparisons.
create table sessions (
    organization_id text not null references organizations (id),
    id text not null,
    session_number text not null,
    session_type text not null check (session_type in ('individual', 'group')),
    group_id text,
    program_id text,
    title text not null,
    topic text,
    site_id text,
    room_id text,
    zone text not null,
    local_date date not null,
    local_start text not null,
    starts_at timestamptz not null,
    ends_at timestamptz not null,
    breaks text not null,
    actual_start timestamptz,
    actual_end timestamptz,
    service_type text,
    service_kind text not null,
    modality text not null,
    max_capacity bigint not null check (max_capacity >= 1),
    status text not null
        check (status in ('scheduled', 'in_progress', 'pending_review', 'completed', 'cancelled', 'voided')),
    source text not null,
    cancellation_reason text,
    cancelled_at timestamptz,
    late_entry_reason text,
    conflict_reason text,
    has_conflict boolean not null,
    recurrence_id text,
    edited_by_hand boolean not null,
    first_signed_at timestamptz,
    is_billed boolean not null,
    external_id text,
    version bigint not null,
    created_by_user text,
    created_at timestamptz not null,
    updated_at timestamptz not null,
    primary key (organization_id, id),
    foreign key (organization_id, group_id) references groups (organization_id, id),
    foreign key (organization_id, site_id) references sites (organization_id, id),
    foreign key (organization_id, room_id) references rooms (organization_id, id),
    check (ends_at > starts_at)
);
create unique index ix_sessions_number on sessions (organization_id, session_number);
create unique index ix_sessions_recurrence on sessions (organization_id, group_id, recurrence_id)
    where recurrence_id is not null;
create index ix_sessions_board on sessions (organization_id, local_date, starts_at, id);
create index ix_sessions_site_board on sessions (organization_id, site_id, local_date, starts_at, id);
create index ix_sessions_group_schedule on sessions (organization_id, group_id, local_date, starts_at, id);
create index ix_sessions_room on sessions (organization_id, room_id, starts_at, id);
create unique index ix_sessions_external on sessions (organization_id, external_id) where external_id is not null;

-- Who leads. `starts_at` is the session's, so that a clash of leaders is a range of an index.
create table session_leaders (
    organization_id text not null references organizations (id),
    session_id text not null,
    practitioner_id text not null,
    role text not null check (role in ('primary', 'co', 'supervisor')),
    must_sign boolean not null,
    starts_at timestamptz not null,
    primary key (organization_id, session_id, practitioner_id),
    foreign key (organization_id, session_id) references sessions (organization_id, id),
    foreign key (organization_id, practitioner_id) references practitioners (organization_id, id)
);
create index ix_session_leaders_practitioner on session_leaders (organization_id, practitioner_id, starts_at, session_id);
create unique index ix_session_leaders_primary on session_leaders (organization_id, session_id) where role = 'primary';

-- One person in one session: one row for good, also after it was cancelled and booked again.
create table session_participants (
    organization_id text not null references organizations (id),
    id text not null,
    session_id text not null,
    starts_at timestamptz not null,
    appointment_number text not null,
    patient_id text,
    guest_id text,
    status text not null check (status in ('booked', 'confirmed', 'arrived', 'attended', 'no_show', 'cancelled')),
    source text not null,
    confirmation_sent_at timestamptz,
    confirmed_at timestamptz,
    arrival_at timestamptz,
    attended_at timestamptz,
    departed_at timestamptz,
    minutes_corrected bigint,
    minutes_reason text,
    participation_level text,
    modality text,
    patient_at text,
    finance_cleared boolean not null,
    consent_verified boolean not null,
    gate_override_reason text,
    capacity_override_reason text,
    no_show_reason text,
    no_show_notes text,
    excused boolean not null,
    cancellation_reason text,
    cancelled_at timestamptz,
    external_id text,
    version bigint not null,
    created_by_user text,
    created_at timestamptz not null,
    updated_at timestamptz not null,
    primary key (organization_id, id),
    foreign key (organization_id, session_id) references sessions (organization_id, id),
    foreign key (organization_id, patient_id) references patients (organization_id, id),
    foreign key (organization_id, guest_id) references guests (organization_id, id),
    check ((patient_id is null) <> (guest_id is null))
);
create unique index ix_session_participants_number on session_participants (organization_id, appointment_number);
create unique index ix_session_participants_patient on session_participants (organization_id, session_id, patient_id)
    where patient_id is not null;
create unique index ix_session_participants_guest on session_participants (organization_id, session_id, guest_id)
    where guest_id is not null;
create index ix_session_participants_session on session_participants (organization_id, session_id, status, id);
create index ix_session_participants_of_patient on session_participants (organization_id, patient_id, starts_at, id);
create index ix_session_participants_of_guest on session_participants (organization_id, guest_id, starts_at, id);
create index ix_session_participants_time on session_participants (organization_id, starts_at, id);
create unique index ix_session_participants_external on session_participants (organization_id, external_id)
    where external_id is not null;

-- The clinical record of one session.
create table encounters (
    organization_id text not null references organizations (id),
    id text not null,
    session_id text not null,
    subject_type text not null check (subject_type in ('group', 'patient')),
    group_id text,
    patient_id text,
    status text not null check (status in ('planned', 'in_progress', 'finished', 'cancelled')),
    version bigint not null,
    created_by_user text,
    created_at timestamptz not null,
    updated_at timestamptz not null,
    primary key (organization_id, id),
    foreign key (organization_id, session_id) references sessions (organization_id, id),
    foreign key (organization_id, group_id) references groups (organization_id, id),
    foreign key (organization_id, patient_id) references patients (organization_id, id),
    check ((subject_type = 'patient') = (patient_id is not null)),
    check (subject_type = 'group' or group_id is null)
);
create unique index ix_encounters_session on encounters (organization_id, session_id);
create index ix_encounters_group_id on encounters (organization_id, group_id, id);
create index ix_encounters_org_subject_type on encounters (organization_id, subject_type, id);
create index ix_encounters_patient on encounters (organization_id, patient_id, id);

-- When a group meets. Sessions exist up to and including `filled_until`.
create table group_recurrences (
    organization_id text not null references organizations (id),
    id text not null,
    group_id text not null,
    recurrence text not null,
    own_duration boolean not null,
    filled_until date not null,
    version bigint not null,
    created_by_user text,
    created_at timestamptz not null,
    updated_at timestamptz not null,
    primary key (organization_id, id),
    foreign key (organization_id, group_id) references groups (organization_id, id)
);
create unique index ix_group_recurrences_group on group_recurrences (organization_id, group_id);
create index ix_group_recurrences_due on group_recurrences (organization_id, filled_until, id);
