-- What of a patient's record left the house, to whom, what for and by what right. A line is never changed.
create table disclosures (
    organization_id text not null references organizations (id),
    id text not null,
    patient_id text not null,
    recipient_name text not null,
    recipient_organization text,
    recipient_address text,
    requested_by text,
    purpose text not null,
    purpose_detail text,
    basis text not null,
    basis_detail text,
    consent_id text,
    method text not null,
    description text not null,
    date_from date,
    date_to date,
    entry_count bigint not null check (entry_count >= 0),
    is_part2 boolean not null,
    disclosed_on date not null,
    disclosed_by text not null,
    version bigint not null,
    created_by_user text,
    created_at timestamptz not null,
    updated_at timestamptz not null,
    primary key (organization_id, id),
    foreign key (organization_id, patient_id) references patients (organization_id, id),
    foreign key (organization_id, consent_id) references consents (organization_id, id),
    check ((basis = 'consent') = (consent_id is not null))
);
create index ix_disclosures_patient on disclosures (organization_id, patient_id, id);

-- The chart entries that left with it, each as it was then.
create table disclosure_entries (
    organization_id text not null references organizations (id),
    disclosure_id text not null,
    place bigint not null,
    entry_id text not null,
    entry_version bigint not null,
    sha256 text not null,
    primary key (organization_id, disclosure_id, place),
    foreign key (organization_id, disclosure_id) references disclosures (organization_id, id),
    foreign key (organization_id, entry_id) references chart_entries (organization_id, id)
);
