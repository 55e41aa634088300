-- Days on which a site is closed: series make no session then. A holiday that is taken away stays, for its history.
create table holidays (
    organization_id text not null references organizations (id),
    id text not null,
    site_id text not null,
    first_day date not null,
    last_day date not null,
    name text not null,
    removed_at timestamptz,
    version bigint not null,
    created_by_user text,
    created_at timestamptz not null,
    updated_at timestamptz not null,
    primary key (organization_id, id),
    foreign key (organization_id, site_id) references sites (organization_id, id),
    check (last_day >= first_day)
);
create index ix_holidays_site on holidays (organization_id, site_id, first_day, id) where removed_at is null;
