-- Roles of the organization's own: a built-in role, copied and changed.
create table roles (
    organization_id text not null references organizations (id),
    id text not null,
    name text not null,
    role text not null,
    permissions text not null,
    is_active boolean not null,
    version bigint not null,
    created_by_user text,
    created_at timestamptz not null,
    updated_at timestamptz not null,
    primary key (organization_id, id)
);
create unique index ix_roles_name on roles (organization_id, name);
create index ix_roles_list on roles (organization_id, name, id);

-- The role of the organization's own that a user has in place of the built-in one it was copied from.
alter table users add column role_id text;
create index ix_users_role on users (organization_id, role_id) where role_id is not null;
