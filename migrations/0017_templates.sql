-- Note templates of the organization's own. A change is the next version of the same template; a note keeps the template
-- as it was when the note was begun.
create table note_templates (
    organization_id text not null references organizations (id),
    id text not null,
    name text not null,
    name_key text not null,
    note_type text not null check (note_type in ('session_note', 'individual_note')),
    discipline text,
    template_version bigint not null check (template_version >= 1),
    fields text not null,
    copied_from text,
    archived_at timestamptz,
    version bigint not null,
    created_by_user text,
    created_at timestamptz not null,
    updated_at timestamptz not null,
    primary key (organization_id, id),
    check ((note_type = 'individual_note') = (discipline is not null))
);
create unique index ix_note_templates_name on note_templates (organization_id, name_key) where archived_at is null;
create index ix_note_templates_list on note_templates (organization_id, name_key, id);
