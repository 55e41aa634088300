create table sites (
    organization_id text not null references organizations (id),
    id text not null,
    name text not null,
    zone text not null,
    address text not null,
    is_active boolean not null,
    version bigint not null,
    created_by_user text,
    created_at timestamptz not null,
    updated_at timestamptz not null,
    primary key (organization_id, id)
);
create index ix_sites_name on sites (organization_id, name, id);

create table rooms (
    organization_id text not null references organizations (id),
    id text not null,
    site_id text not null,
    name text not null,
    seats bigint,
    is_active boolean not null,
    version bigint not null,
    created_by_user text,
    created_at timestamptz not null,
    updated_at timestamptz not null,
    primary key (organization_id, id),
    foreign key (organization_id, site_id) references sites (organization_id, id)
);
create index ix_rooms_site on rooms (organization_id, site_id, name, id);

create table practitioners (
    organization_id text not null references organizations (id),
    id text not null,
    given_name text not null,
    family_name text not null,
    credential text,
    license_number text,
    npi text,
    discipline text,
    supervisor_id text,
    user_id text,
    external_id text,
    is_active boolean not null,
    version bigint not null,
    created_by_user text,
    created_at timestamptz not null,
    updated_at timestamptz not null,
    primary key (organization_id, id),
    foreign key (organization_id, supervisor_id) references practitioners (organization_id, id),
    foreign key (organization_id, user_id) references users (organization_id, id)
);
create unique index ix_practitioners_user on practitioners (organization_id, user_id) where user_id is not null;
create unique index ix_practitioners_external on practitioners (organization_id, external_id) where external_id is not null;
create index ix_practitioners_name on practitioners (organization_id, family_name, given_name, id);

create table patients (
    organization_id text not null references organizations (id),
    id text not null,
    mrn text not null,
    given_name text not null,
    family_name text not null,
    other_given_name text,
    other_family_name text,
    preferred_name text,
    birth_date date not null,
    sex text,
    phone text,
    email text,
    address text,
    primary_therapist_id text,
    external_id text,
    is_active boolean not null,
    version bigint not null,
    created_by_user text,
    created_at timestamptz not null,
    updated_at timestamptz not null,
    primary key (organization_id, id),
    foreign key (organization_id, primary_therapist_id) references practitioners (organization_id, id)
);
create unique index ix_patients_mrn on patients (organization_id, mrn);
create unique index ix_patients_external on patients (organization_id, external_id) where external_id is not null;
create index ix_patients_name on patients (organization_id, family_name, given_name, id);
create index ix_patients_birth_date on patients (organization_id, birth_date, id);
create index ix_patients_therapist on patients (organization_id, primary_therapist_id, family_name, given_name, id);

create table guests (
    organization_id text not null references organizations (id),
    id text not null,
    display_name text not null,
    contact text not null,
    notes text not null,
    is_active boolean not null,
    patient_id text,
    version bigint not null,
    created_by_user text,
    created_at timestamptz not null,
    updated_at timestamptz not null,
    primary key (organization_id, id),
    foreign key (organization_id, patient_id) references patients (organization_id, id)
);
create index ix_guests_name on guests (organization_id, display_name, id);

-- Folded words of names, record numbers and birth dates: prefix search is a range of tokens.
create table search_tokens (
    organization_id text not null references organizations (id),
    kind text not null,
    token text not null,
    subject_id text not null,
    primary key (organization_id, kind, token, subject_id)
);
create index ix_search_tokens_subject on search_tokens (organization_id, subject_id, token);
