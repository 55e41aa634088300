-- A browser in a waiting room: bound to a site, good for checking in and nothing else.
create table kiosks (
    organization_id text not null references organizations (id),
    id text not null,
    site_id text not null,
    label text not null,
    expires_at timestamptz not null,
    closed_at timestamptz,
    closed_by_user text,
    version bigint not null,
    created_by_user text,
    created_at timestamptz not null,
    updated_at timestamptz not null,
    primary key (organization_id, id),
    foreign key (organization_id, site_id) references sites (organization_id, id)
);
create index ix_kiosks_site on kiosks (organization_id, site_id, id);

-- What its browser holds is read before the organization is known, so it stands in the lobby, hashed.
create table kiosk_keys (
    hash text primary key,
    organization text not null references organizations (id),
    kiosk_id text not null,
    created_at timestamptz not null
);

-- The code of a participant: one at a time, hashed, good for one arrival. A visit is what is open on the screen between
-- the birth date and the signature.
create table kiosk_codes (
    organization_id text not null references organizations (id),
    participant_id text not null,
    session_id text not null,
    hash text not null,
    made_at timestamptz not null,
    expires_at timestamptz not null,
    tries bigint not null,
    used_at timestamptz,
    visit_hash text,
    visit_until timestamptz,
    primary key (organization_id, participant_id),
    foreign key (organization_id, participant_id) references session_participants (organization_id, id),
    foreign key (organization_id, session_id) references sessions (organization_id, id)
);
create unique index ix_kiosk_codes_hash on kiosk_codes (organization_id, hash);
create unique index ix_kiosk_codes_visit on kiosk_codes (organization_id, visit_hash) where visit_hash is not null;

-- What was signed on the screen at an arrival: strokes, or a name that was typed.
create table arrival_signatures (
    organization_id text not null references organizations (id),
    id text not null,
    participant_id text not null,
    session_id text not null,
    kiosk_id text,
    strokes text,
    typed_name text,
    version bigint not null,
    created_by_user text,
    created_at timestamptz not null,
    updated_at timestamptz not null,
    primary key (organization_id, id),
    foreign key (organization_id, participant_id) references session_participants (organization_id, id),
    foreign key (organization_id, session_id) references sessions (organization_id, id),
    foreign key (organization_id, kiosk_id) references kiosks (organization_id, id),
    check ((strokes is null) <> (typed_name is null))
);
create index ix_arrival_signatures_participant on arrival_signatures (organization_id, participant_id, id);
