-- What each row of an export said when it was last imported: a row that has not changed is not applied again, so that
-- what was changed here since then stays.
create table imported_rows (
    organization_id text not null references organizations (id),
    kind text not null,
    external_id text not null,
    fingerprint text not null,
    import_id text not null,
    imported_at timestamptz not null,
    primary key (organization_id, kind, external_id)
);
