-- Who has the documentation of a session open to write, and in which note they are. No record: a row is a few seconds of
-- news, written anew while somebody is there, and nothing is lost with it.
create table note_writers (
    organization_id text not null references organizations (id),
    session_id text not null,
    user_id text not null,
    note_id text,
    seen_at timestamptz not null,
    primary key (organization_id, session_id, user_id)
);
create index ix_note_writers_seen on note_writers (organization_id, seen_at);
