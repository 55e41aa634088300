-- What people consent to. Words never change: a new version is a new row, and at most one of a kind is in use.
create table consent_texts (
    organization_id text not null references organizations (id),
    id text not null,
    kind text not null,
    text_version bigint not null check (text_version > 0),
    title text not null,
    words text not null,
    needed_by text not null check (needed_by in ('nobody', 'patients', 'guests', 'everybody', 'groups', 'telehealth')),
    months bigint check (months between 1 and 120),
    in_use boolean not null,
    version bigint not null,
    created_by_user text,
    created_at timestamptz not null,
    updated_at timestamptz not null,
    primary key (organization_id, id)
);
create unique index ix_consent_texts_version on consent_texts (organization_id, kind, text_version);
create index ix_consent_texts_kind on consent_texts (organization_id, kind, text_version, id);
create unique index ix_consent_texts_in_use on consent_texts (organization_id, kind) where in_use = true;

-- A consent is never changed but once: when it is revoked.
create table consents (
    organization_id text not null references organizations (id),
    id text not null,
    patient_id text,
    guest_id text,
    kind text not null,
    text_id text not null,
    text_version bigint not null,
    capacity text not null check (capacity in ('self', 'parent', 'guardian', 'health_care_agent', 'representative')),
    signer_name text not null,
    signer_authority text,
    method text not null check (method in ('paper', 'electronic', 'verbal')),
    signed_on date not null,
    valid_from date not null,
    valid_until date,
    scope text,
    remark text,
    revoked_at timestamptz,
    revoked_by_user text,
    revoked_reason text,
    version bigint not null,
    created_by_user text,
    created_at timestamptz not null,
    updated_at timestamptz not null,
    primary key (organization_id, id),
    foreign key (organization_id, patient_id) references patients (organization_id, id),
    foreign key (organization_id, guest_id) references guests (organization_id, id),
    foreign key (organization_id, text_id) references consent_texts (organization_id, id),
    check ((patient_id is null) <> (guest_id is null)),
    check (valid_until is null or valid_until >= valid_from),
    check ((revoked_at is null) = (revoked_reason is null))
);
create index ix_consents_patient on consents (organization_id, patient_id, id) where patient_id is not null;
create index ix_consents_guest on consents (organization_id, guest_id, id) where guest_id is not null;

-- Until when the consents hold that a participant was let in by; none when they have no end, or were seen by hand.
alter table session_participants add column consent_until date;

-- Counts the changes of an organization's settings, so that nobody overwrites what they have not seen.
create table settings_versions (
    organization_id text not null references organizations (id),
    version bigint not null,
    primary key (organization_id)
);
