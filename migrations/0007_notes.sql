-- One note of one encounter. A return or a reopening begins the next edition of the same note; what was signed before
-- stays with its signatures.
create table notes (
    organization_id text not null references organizations (id),
    id text not null,
    encounter_id text not null,
    session_id text not null,
    participant_id text,
    patient_id text,
    note_type text not null check (note_type in ('session_note', 'individual_note')),
    discipline text,
    template_key text not null,
    template_version bigint not null,
    template text not null,
    content text not null,
    fields text not null,
    status text not null check (status in ('draft', 'signed', 'superseded', 'entered_in_error')),
    edition bigint not null check (edition >= 1),
    edited_by_user text,
    return_comment text,
    void_reason text,
    version bigint not null,
    created_by_user text,
    created_at timestamptz not null,
    updated_at timestamptz not null,
    primary key (organization_id, id),
    foreign key (organization_id, encounter_id) references encounters (organization_id, id),
    foreign key (organization_id, session_id) references sessions (organization_id, id),
    foreign key (organization_id, participant_id) references session_participants (organization_id, id),
    foreign key (organization_id, patient_id) references patients (organization_id, id),
    check ((note_type = 'individual_note') = (participant_id is not null)),
    check ((note_type = 'individual_note') = (discipline is not null)),
    check (patient_id is null or participant_id is not null)
);
create unique index ix_notes_one_session_note on notes (organization_id, encounter_id)
    where note_type = 'session_note' and status in ('draft', 'signed');
create unique index ix_notes_one_individual_note on notes (organization_id, participant_id, discipline)
    where note_type = 'individual_note' and status in ('draft', 'signed');
create index ix_notes_encounter on notes (organization_id, encounter_id, id);
create index ix_notes_participant on notes (organization_id, participant_id, id);
create index ix_notes_patient on notes (organization_id, patient_id, id);

-- What was signed, by whom, when and saying what. `signed_text` is the exact text that was hashed.
create table note_signatures (
    organization_id text not null references organizations (id),
    id text not null,
    note_id text not null,
    encounter_id text not null,
    edition bigint not null,
    practitioner_id text not null,
    user_id text,
    printed_name text not null,
    credential text not null,
    meaning text not null,
    requires_review boolean not null,
    signed_at timestamptz not null,
    sha256 text not null,
    signed_text text not null,
    version bigint not null,
    created_by_user text,
    created_at timestamptz not null,
    updated_at timestamptz not null,
    primary key (organization_id, id),
    foreign key (organization_id, note_id) references notes (organization_id, id),
    foreign key (organization_id, practitioner_id) references practitioners (organization_id, id)
);
create unique index ix_note_signatures_once on note_signatures (organization_id, note_id, edition, practitioner_id);
create index ix_note_signatures_encounter on note_signatures (organization_id, encounter_id, id);

-- Words added to a signed note, each signed.
create table note_annotations (
    organization_id text not null references organizations (id),
    id text not null,
    note_id text not null,
    encounter_id text not null,
    edition bigint not null,
    content text not null,
    practitioner_id text not null,
    user_id text,
    printed_name text not null,
    credential text not null,
    signed_at timestamptz not null,
    sha256 text not null,
    signed_text text not null,
    version bigint not null,
    created_by_user text,
    created_at timestamptz not null,
    updated_at timestamptz not null,
    primary key (organization_id, id),
    foreign key (organization_id, note_id) references notes (organization_id, id),
    foreign key (organization_id, practitioner_id) references practitioners (organization_id, id)
);
create index ix_note_annotations_encounter on note_annotations (organization_id, encounter_id, id);

-- Why a finding may stay as it is.
create table note_waivers (
    organization_id text not null references organizations (id),
    note_id text not null,
    edition bigint not null,
    finding_key text not null,
    reason text not null,
    practitioner_id text not null,
    waived_at timestamptz not null,
    primary key (organization_id, note_id, edition, finding_key),
    foreign key (organization_id, note_id) references notes (organization_id, id)
);

-- The read-only copy in one patient's chart: an entry, or a line for an absence. `body` is the exact text of which
-- `sha256` is the hash.
create table chart_entries (
    organization_id text not null references organizations (id),
    id text not null,
    patient_id text not null,
    session_id text not null,
    encounter_id text not null,
    participant_id text not null,
    group_id text,
    kind text not null check (kind in ('entry', 'absence')),
    local_date date not null,
    starts_at timestamptz not null,
    body text not null,
    sha256 text not null,
    version bigint not null,
    created_by_user text,
    created_at timestamptz not null,
    updated_at timestamptz not null,
    primary key (organization_id, id),
    foreign key (organization_id, patient_id) references patients (organization_id, id),
    foreign key (organization_id, session_id) references sessions (organization_id, id),
    foreign key (organization_id, encounter_id) references encounters (organization_id, id),
    foreign key (organization_id, participant_id) references session_participants (organization_id, id),
    foreign key (organization_id, group_id) references groups (organization_id, id)
);
create unique index ix_chart_entries_participant on chart_entries (organization_id, participant_id);
create index ix_chart_entries_patient on chart_entries (organization_id, patient_id, local_date, starts_at, id);
create index ix_chart_entries_group on chart_entries (organization_id, patient_id, group_id, local_date, starts_at, id);
create index ix_chart_entries_tally on chart_entries (organization_id, patient_id, group_id, kind);
create index ix_chart_entries_session on chart_entries (organization_id, session_id, id);

-- Who looks for one kind of act looks through years of them.
create index ix_audit_log_action on audit_log (organization_id, action, sequence);
