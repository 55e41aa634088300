-- Who has a session's roster open: a row for each stream, written anew while it is open. One that a server left behind
-- counts no longer after a minute.
create table session_viewers (
    organization_id text not null references organizations (id),
    session_id text not null,
    id text not null,
    user_id text not null,
    seen_at timestamptz not null,
    primary key (organization_id, session_id, id),
    foreign key (organization_id, session_id) references sessions (organization_id, id),
    foreign key (organization_id, user_id) references users (organization_id, id)
);
