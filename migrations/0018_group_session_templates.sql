-- What a group session starts from. A change is the next version of the same template.
create table group_session_templates (
    organization_id text not null references organizations (id),
    id text not null,
    title_key text not null,
    template_version bigint not null check (template_version >= 1),
    settings text not null,
    copied_from text,
    archived_at timestamptz,
    version bigint not null,
    created_by_user text,
    created_at timestamptz not null,
    updated_at timestamptz not null,
    primary key (organization_id, id)
);
create unique index ix_group_session_templates_title on group_session_templates (organization_id, title_key)
    where archived_at is null;
create index ix_group_session_templates_list on group_session_templates (organization_id, title_key, id);

-- The template a session starts from, and that template as it was when the session started.
alter table sessions add column template_id text;
alter table sessions add column template text;
