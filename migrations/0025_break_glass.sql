-- Charts that were opened outside the care team: by whom, why, until when, and what a review found.
create table break_glass (
    organization_id text not null references organizations (id),
    id text not null,
    patient_id text not null,
    user_id text not null,
    reason text not null,
    detail text not null,
    broken_at timestamptz not null,
    open_until timestamptz not null,
    finding text check (finding in ('justified', 'not_justified')),
    remark text,
    reviewed_by_user text,
    reviewed_at timestamptz,
    version bigint not null,
    created_by_user text,
    created_at timestamptz not null,
    updated_at timestamptz not null,
    primary key (organization_id, id),
    foreign key (organization_id, patient_id) references patients (organization_id, id),
    foreign key (organization_id, user_id) references users (organization_id, id),
    check (open_until >= broken_at),
    check ((finding is null) = (reviewed_at is null))
);
create index ix_break_glass_user on break_glass (organization_id, user_id, id);
create index ix_break_glass_to_review on break_glass (organization_id, id) where reviewed_at is null;
create index ix_break_glass_patient on break_glass (organization_id, patient_id, id);
