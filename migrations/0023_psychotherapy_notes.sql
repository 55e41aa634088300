-- A therapist's own analysis of a session, apart from the record (45 CFR 164.501): for nobody but its author. No older
-- versions are kept.
create table psychotherapy_notes (
    organization_id text not null references organizations (id),
    id text not null,
    encounter_id text not null,
    participant_id text,
    author text not null,
    content text not null,
    version bigint not null,
    created_by_user text,
    created_at timestamptz not null,
    updated_at timestamptz not null,
    primary key (organization_id, id),
    foreign key (organization_id, encounter_id) references encounters (organization_id, id),
    foreign key (organization_id, participant_id) references session_participants (organization_id, id)
);
create index ix_psychotherapy_notes_author on psychotherapy_notes (organization_id, encounter_id, author, id);
