-- The lobby: the only tables that are read before an organization is known. Their keys do not begin with it.

create table organizations (
    id text primary key,
    short_code text not null unique,
    name text not null,
    zone text not null,
    created_at timestamptz not null
);

-- Which organizations know this e-mail address (folded).
create table logins (
    email_key text not null,
    organization text not null references organizations (id),
    user_id text not null,
    primary key (email_key, organization)
);

-- Web sessions and API tokens, found by the SHA-256 of the secret. Nothing here is a secret itself.
create table credentials (
    hash text primary key,
    id text not null unique,
    kind text not null check (kind in ('session', 'token')),
    organization text not null references organizations (id),
    user_id text not null,
    label text not null,
    permissions text,
    created_at timestamptz not null,
    last_used_at timestamptz not null,
    expires_at timestamptz not null,
    reauthenticated_until timestamptz,
    revoked_at timestamptz
);
create index ix_credentials_user on credentials (organization, user_id, kind, id);
create index ix_credentials_tokens on credentials (organization, id) where kind = 'token' and revoked_at is null;

-- Work that happens later, claimed by one server at a time.
create table jobs (
    id text primary key,
    organization text not null references organizations (id),
    name text not null,
    dedupe_key text not null,
    run_at timestamptz not null,
    attempts bigint not null,
    claimed_until timestamptz,
    last_error text,
    done_at timestamptz
);
create index ix_jobs_due on jobs (run_at, id) where done_at is null;
create unique index ix_jobs_unique on jobs (organization, name, dedupe_key) where done_at is null;

-- Everything below is keyed by organization first.

create table users (
    organization_id text not null references organizations (id),
    id text not null,
    email text not null,
    display_name text not null,
    role text not null,
    flags text not null,
    is_active boolean not null,
    password_hash text not null,
    version bigint not null,
    created_by_user text,
    created_at timestamptz not null,
    updated_at timestamptz not null,
    primary key (organization_id, id)
);
create unique index ix_users_email on users (organization_id, email);
create index ix_users_name on users (organization_id, display_name, id);

create table settings (
    organization_id text not null references organizations (id),
    name text not null,
    value text not null,
    primary key (organization_id, name)
);

-- The first answer to a request with an idempotency key, so that a repetition gets the same.
create table idempotency_keys (
    organization_id text not null references organizations (id),
    credential text not null,
    request text not null,
    idempotency_key text not null,
    body_hash text not null,
    outcome text not null,
    created_at timestamptz not null,
    primary key (organization_id, credential, request, idempotency_key)
);
create index ix_idempotency_keys_age on idempotency_keys (organization_id, created_at);

-- The row as it was before each change.
create table record_versions (
    organization_id text not null references organizations (id),
    record_id text not null,
    version bigint not null,
    record text not null,
    replaced_at timestamptz not null,
    replaced_by text not null,
    primary key (organization_id, record_id, version)
);

-- One row for each change; the sealer gives the position in the feed.
create table events (
    organization_id text not null references organizations (id),
    id text not null,
    name text not null,
    subject text not null,
    data text not null,
    actor text not null,
    happened_at timestamptz not null,
    position bigint,
    primary key (organization_id, id)
);
create unique index ix_events_position on events (organization_id, position) where position is not null;
create index ix_events_unsealed on events (organization_id, id) where position is null;

-- Audit entries as they are written with what they tell of, until the sealer chains them.
create table audit_pending (
    organization_id text not null references organizations (id),
    id text not null,
    entry text not null,
    written_at timestamptz not null,
    primary key (organization_id, id)
);

-- The chain: insert-only. `entry` is the exact text that is hashed.
create table audit_log (
    organization_id text not null references organizations (id),
    sequence bigint not null,
    id text not null,
    happened_at timestamptz not null,
    actor text not null,
    action text not null,
    subject text not null,
    outcome text not null,
    entry text not null,
    hash text not null,
    primary key (organization_id, sequence)
);
create index ix_audit_log_subject on audit_log (organization_id, subject, sequence);
create index ix_audit_log_actor on audit_log (organization_id, actor, sequence);

-- The end of each chain: what a removal from the end would contradict.
create table audit_heads (
    organization_id text not null references organizations (id),
    sequence bigint not null,
    hash text not null,
    event_position bigint not null,
    primary key (organization_id)
);

-- Human numbers come from blocks reserved ahead.
create table number_series (
    organization_id text not null references organizations (id),
    kind text not null,
    year bigint not null,
    next_number bigint not null,
    primary key (organization_id, kind, year)
);
