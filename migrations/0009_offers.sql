-- A seat that is offered is held for so many hours.
alter table groups add column offer_hold_hours bigint not null default 48;

alter table group_members add column offered_at timestamptz;
alter table group_members add column offer_expires_at timestamptz;
-- Why somebody was given a seat before others who wait longer, and why somebody was moved in the line.
alter table group_members add column promotion_reason text;
alter table group_members add column move_reason text;
create index ix_group_members_offers on group_members (organization_id, offer_expires_at, id) where status = 'offered';

-- Private addresses that need no sign-in, found by their hash alone: one for each subject.
create table links (
    hash text primary key,
    organization text not null references organizations (id),
    kind text not null check (kind in ('offer')),
    subject text not null,
    created_at timestamptz not null
);
create unique index ix_links_subject on links (organization, kind, subject);
